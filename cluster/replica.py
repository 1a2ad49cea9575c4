"""A replica: a playground in a process of its own, asked by fronts on other machines.

It validates inputs and options as any playground does. Who may ask, and how often, is up to the
front; files come with the request, and none is opened here.
"""

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from cluster.messages import Sent
from pipelines import Playground
from pipelines.cache import Loaded
from pipelines.errors import PlaygroundError
from pipelines.model_key import ModelKey
from pipelines.run import Request, Run
from pipelines.settings import Settings

PROGRESS_SECONDS = 0.05  # a short answer comes in this time


@dataclass(frozen=True)
class State:
    """A replica's memory and runs. `last_used` of its models is in seconds ago, since the clocks
    of machines differ; `going` (runs), `loads` and `evictions` are by the models' names."""

    process: int
    going: Counter[str]
    loaded: tuple[Loaded, ...]
    held_bytes: int
    loads: Counter[str]
    evictions: Counter[str]


async def _together(events: "asyncio.Queue[Sent | None]") -> list[Sent]:
    """What there is; progress waits a moment for the answer that may follow. Empty at the end."""
    found: list[Sent] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as moment:
            while (sent := await events.get()) is not None:
                if not found:
                    moment.reschedule(asyncio.get_running_loop().time() + PROGRESS_SECONDS)
                found.append(sent)
                if sent.is_answer and events.empty():
                    return found
            events.put_nowait(None)  # the end, for the next one who looks
    return found


class Replica:
    """The class that Ray Serve deploys; itself it knows no Ray."""

    def __init__(self, settings: Settings) -> None:
        self.playground = Playground(settings)
        self.playground.file_folders = ()
        self._going: Counter[str] = Counter()  # runs by the name of their model

    async def answer(self, request: Request) -> AsyncIterator[list[Sent]]:
        """The run's events, and its error if it fails; the run stops with this generator.

        Those that are there together are sent together: each message takes more of both processes
        than a short answer.
        """
        run = Run(visitor=request.visitor, caller=request.caller)
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Sent | None] = asyncio.Queue()

        def put(event: Any) -> None:
            measured = run.tokens, run.prompt_tokens, run.audio_seconds
            loop.call_soon_threadsafe(events.put_nowait, Sent(event, *measured))

        def work() -> None:
            try:
                for event in self.playground.events(request, run):
                    put(event)
            except PlaygroundError as error:
                put(error)
            finally:
                loop.call_soon_threadsafe(events.put_nowait, None)

        self._going[request.model] += 1
        try:
            threading.Thread(target=work, name=f"send {request.task}", daemon=True).start()
            while together := await _together(events):
                yield together
                if together[-1].ends:
                    return
        finally:
            run.cancel.set()
            self._going[request.model] -= 1

    async def record_routing_stats(self) -> dict[str, Any]:
        """For the router: the models that are loaded or being loaded, and the number of runs."""
        going = +self._going
        loaded = {one.key.name for one in self.playground.cache.loaded()}
        return {"models": sorted(loaded | set(going)), "going": going.total()}

    async def state(self) -> State:
        """The models in memory and the runs."""
        cache, now = self.playground.cache, time.monotonic()
        loaded = tuple(replace(one, last_used=now - one.last_used) for one in cache.loaded())
        loads, evictions = map(Counter, cache.counted())
        return State(os.getpid(), +self._going, loaded, cache.held_bytes(), loads, evictions)

    async def unload(self, key: ModelKey) -> bool:
        """Unload a model; says whether it is gone."""
        return await asyncio.to_thread(self.playground.cache.unload, key)
