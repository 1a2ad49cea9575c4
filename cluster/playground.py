"""The playground of a front: runs are admitted and limited here, and answered by replicas.

To the page and the APIs it is a Playground like any other. Two things differ: `_answers` asks a
replica, and `cache` includes the replicas' memory. The labs, and the models trained in them, stay
on the front's own machine.
"""

import asyncio
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from math import inf
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from grpc.aio import AioRpcError
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from cluster.messages import Sent, with_files
from cluster.pools import pool_of
from cluster.recovery import Recovery
from cluster.replica import State
from pipelines.cache import Loaded, ModelCache
from pipelines.catalogue import Entry
from pipelines.errors import BusyError, PlaygroundError
from pipelines.inputs.files import confined_to
from pipelines.model_key import ModelKey
from pipelines.playground import Answer, Playground
from pipelines.progress import Progress
from pipelines.run import CHECK_SECONDS, Request, current, tell
from pipelines.settings import Settings
from pipelines.task import Task

log = logging.getLogger("playground")
ATTEMPTS = 4  # replicas that one run may lose: the run itself may be what kills them
AGAIN_SECONDS = 0.25  # before another replica is asked: Ray soon knows which are gone
UNASKED_SECONDS = 60.0  # how long a run looks for a replica that begins with it
NOBODY_SECONDS = 300.0  # how long a run waits where there is no replica: a node may be starting
PATIENCE = 1.0  # seconds without a message after which the user is told that the run waits
STATE_SECONDS = 1.0  # between two polls of the replicas' memory
Handles = Mapping[str, DeploymentHandle]  # of the pools, by name
Came = queue.SimpleQueue[list[Sent] | BaseException]


class ReplicaLostError(Exception):
    """The replica that had a run is gone, or will not finish it; `begun`: whether it had begun."""

    def __init__(self, why: str, begun: bool) -> None:
        super().__init__(why)
        self.begun = begun


class ClusterPlayground(Playground):
    """Answers with the replicas behind these handles."""

    cache: "ClusterCache"

    def __init__(
        self, settings: Settings, handles: Handles, leave: Callable[[], None] = lambda: None
    ) -> None:
        """`leave` disconnects from the cluster, and stops one that is this process's own."""
        super().__init__(settings)
        self._handles, self._leave = handles, leave
        self._closing = ExitStack()
        self._portal = self._closing.enter_context(start_blocking_portal())
        self.cache = ClusterCache(settings.memory_bytes, handles, self._portal)

    def close(self) -> None:
        """Stop polling and asking replicas, and leave the cluster."""
        self.cache.stop()
        with suppress(RuntimeError):  # the loop has ended with the process
            self._closing.close()
        self._leave()

    def _answers(self, task: Task, request: Request) -> Iterator[Answer]:
        if request.model.startswith(tuple(self.resolvers)):
            yield from super()._answers(task, request)
            return
        run = current()
        entry = self.resolve(task, request.model, request.options)
        with confined_to(self.file_folders):
            request = with_files(task, request, self.settings)
        request = replace(request, model=entry.name, visitor=run.visitor, caller=run.whose)
        recovery = Recovery(request, self.settings.max_characters)
        lost, ends = 0, time.monotonic() + UNASKED_SECONDS
        while lost < ATTEMPTS and time.monotonic() < ends:
            try:
                yield from self._asked(recovery, entry)
                return
            except ReplicaLostError as error:
                log.warning("a replica was lost while it answered %s: %s", task.id, error)
                if error.begun:
                    lost, ends = lost + 1, time.monotonic() + UNASKED_SECONDS
                    recovery.lost()
            tell(Progress("starting", recovery.note or "Looking for another machine"))
            time.sleep(AGAIN_SECONDS)
        if lost < ATTEMPTS:
            raise _nobody()
        raise PlaygroundError(
            f"{ATTEMPTS} machines were lost while they answered this.",
            "Try a smaller input or another model.",
        )

    def _asked(self, recovery: Recovery, entry: Entry) -> Iterator[Answer]:
        """The answers of one replica, as the user sees them."""
        run = current()
        for sent in self._sent(recovery.request, entry):
            run.tokens, run.prompt_tokens = sent.tokens, sent.prompt_tokens
            run.audio_seconds = sent.audio_seconds
            match sent.event:
                case PlaygroundError() as error:
                    raise error
                case Progress() as progress:
                    tell(progress)
                case Answer() as answer:
                    if shown := recovery.shows(answer, sent.tokens):
                        yield shown

    def _sent(self, request: Request, entry: Entry) -> Iterator[Sent]:
        """The messages of one replica, up to the end of the run."""
        run = current()
        handle = self._handles[pool_of(entry, self._handles)]
        came: Came = queue.SimpleQueue()
        asking = self._portal.start_task_soon(_ask, handle, request, came)
        asked = time.monotonic()
        waits = asked + PATIENCE
        began = ended = False
        try:
            while True:
                run.check()
                try:
                    sent = came.get(timeout=CHECK_SECONDS)
                except queue.Empty:
                    if time.monotonic() > waits:
                        tell(Progress("queued", "Waiting for a machine that is free"))
                        waits = inf
                    if began or self.cache.states:
                        asked = time.monotonic()
                    elif time.monotonic() > asked + NOBODY_SECONDS:
                        raise _nobody() from None
                    continue
                waits, began = inf, True
                if isinstance(sent, BaseException):
                    raise sent
                ended = sent[-1].ends
                yield from sent
                if ended:
                    return  # Ray tells a little later that no more comes
        finally:
            if not ended:
                asking.cancel()


def _nobody() -> BusyError:
    return BusyError("No machine answers.", "Try again in a minute.", 60)


async def _ask(handle: DeploymentHandle, request: Request, came: Came) -> None:
    """Put a replica's messages into the queue; cancelling this cancels the run there."""
    # Over gRPC, not as a task of Ray's with an object for each message: a short call takes 6.3 ms
    # more than a plain one in place of 13.7 (2026-11-28, medians of 150 pairs, load 8).
    streaming = handle.options(stream=True, multiplexed_model_id=request.model, _by_reference=False)
    response = streaming.answer.remote(request)
    last: list[Sent] = []
    try:
        async for last in response:
            came.put(last)
        if not (last and last[-1].ends):
            came.put(ReplicaLostError("no end", True))
    except asyncio.CancelledError:
        response.cancel()
        raise
    except RayTaskError as error:  # a defect, which other replicas have as well
        came.put(error)
    except (RayError, RayServeException, AioRpcError) as error:
        came.put(ReplicaLostError(type(error).__name__, last != []))
    except Exception as error:
        came.put(error)


class ClusterCache(ModelCache):
    """The front's own models, which the labs use, and those that the replicas report."""

    def __init__(self, budget_bytes: int, handles: Handles, portal: BlockingPortal) -> None:
        super().__init__(budget_bytes)
        self._handles, self._portal = handles, portal
        self.states: list[State] = []
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, name="replicas' memory", daemon=True).start()

    def stop(self) -> None:
        """Stop polling the replicas."""
        self._stopped.set()

    def loaded(self) -> list[Loaded]:
        """Models in memory anywhere, the most recently used first."""
        states, now = self.states, time.monotonic()
        remote = [
            replace(one, last_used=now - one.last_used) for state in states for one in state.loaded
        ]
        return sorted([*super().loaded(), *remote], key=lambda one: -one.last_used)

    def held_bytes(self) -> int:
        """The memory of the fullest process: each has a budget of its own."""
        return max([super().held_bytes(), *(state.held_bytes for state in self.states)])

    def unload(self, key: ModelKey) -> bool:
        """Close a model on every machine unless it is in use; says whether it is gone."""
        gone = [super().unload(key), *self._everywhere("unload", key)]
        self.refresh()
        return all(gone)

    def counted(self) -> tuple[Counter[str], Counter[str]]:
        """Loads and evictions of all processes; those of stopped replicas are lost."""
        loads, evictions = super().counted()
        for state in self.states:
            loads, evictions = loads + state.loads, evictions + state.evictions
        return loads, evictions

    def refresh(self) -> None:
        """Ask the replicas now."""
        self.states = self._everywhere("state")

    def _watch(self) -> None:
        while not self._stopped.wait(STATE_SECONDS):
            self.refresh()

    def _everywhere(self, method: str, *arguments: Any) -> list[Any]:
        """The results of all replicas that answer."""
        with suppress(RuntimeError):  # the loop has ended with the process
            told: list[Any] = self._portal.call(_broadcast, self._handles, method, arguments)
            return told
        return []


async def _broadcast(handles: Handles, method: str, arguments: tuple[Any, ...]) -> list[Any]:
    async def told(handle: DeploymentHandle) -> list[Any]:
        with suppress(RayError, RayServeException, TimeoutError):
            asked = handle.broadcast(method, *arguments)
            results = await asked.results_async(timeout_s=5, return_exceptions=True)
            return [one for one in results if not isinstance(one, BaseException)]
        return []

    return [one for found in await asyncio.gather(*map(told, handles.values())) for one in found]
