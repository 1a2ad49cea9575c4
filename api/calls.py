"""One call of an API as one run of the playground, cancelled when the client disconnects."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TypeVar

import anyio.to_thread
from starlette.requests import Request as HttpRequest

from pipelines import Playground
from pipelines.caller import NOBODY, SCOPE
from pipelines.errors import Cancelled
from pipelines.playground import Answer, Event
from pipelines.run import Request

POLL_SECONDS = 0.25
MOST_CALLS = 200  # concurrently; further ones wait

_threads: list[anyio.CapacityLimiter] = []
Result = TypeVar("Result")


class Calls:
    """Calls the playground from routes."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground

    async def answer(self, http: HttpRequest, asked: Request) -> Answer:
        """The whole answer.

        Raises:
            PlaygroundError: a sentence and a hint; Cancelled when the client has disconnected.
        """
        async with self.stream(http, asked) as answers:
            *_, last = [answer async for answer in answers if answer.facts]
        return last

    @asynccontextmanager
    async def stream(
        self, http: HttpRequest, asked: Request, headers: dict[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[Answer]]:
        """The answers as they grow; the run is stopped when the block is left.

        `headers` get the notes so far, of which a response can tell those before its first byte.
        """
        cancel = threading.Event()
        asked = replace(asked, caller=http.scope.get(SCOPE, NOBODY))
        events = self.playground.stream_request(asked, cancel)
        turn = threading.Lock()  # a cancelled task leaves its thread behind in the generator

        def after() -> Event | None:
            with turn:
                return next(events, None)

        def close() -> None:
            with turn:
                events.close()  # type: ignore[attr-defined]  # a generator

        async def gone() -> None:
            while not await http.is_disconnected():
                await asyncio.sleep(POLL_SECONDS)
            cancel.set()

        async def answers() -> AsyncIterator[Answer]:
            while (event := await _in_thread(after)) is not None:
                if isinstance(event, Answer):
                    if headers is not None:
                        headers.update(notes(event.notes))
                    yield event

        watching = asyncio.create_task(gone())
        try:
            yield answers()
        finally:
            cancel.set()
            watching.cancel()
            with suppress(Cancelled), anyio.CancelScope(shield=True):
                await _in_thread(close)


def notes(told: Sequence[str]) -> dict[str, str]:
    """Notes beside an answer, as a header: most bodies have no place for them."""
    return {"X-Notes": json.dumps(told)} if told else {}  # ASCII


async def _in_thread(work: Callable[[], Result]) -> Result:
    """Run in a thread of the APIs' own: the event loop's few threads are for short work."""
    if not _threads:
        _threads.append(anyio.CapacityLimiter(MOST_CALLS))
    return await anyio.to_thread.run_sync(work, limiter=_threads[0])
