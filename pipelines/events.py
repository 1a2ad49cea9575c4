"""Work on a thread of its own, as a stream of events: what a run yields, and what an engine writes.

Knows neither models nor pages. The work puts events, the reader gets them as they come; what the
work raises is raised to the reader.
"""

import atexit
import queue
import threading
import time
from collections.abc import Callable, Generator
from contextvars import copy_context
from dataclasses import dataclass
from typing import TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from pipelines.run import CHECK_SECONDS, Run

Event = TypeVar("Event")
Put: TypeAlias = Callable[[Event], None]


LAST_SECONDS = 2.0  # that the end of the process waits for what is at work
_at_work: WeakKeyDictionary[threading.Thread, threading.Event] = WeakKeyDictionary()


@atexit.register
def _stop_all() -> None:
    """Stop what is at work. A thread that is in a library when Python ends aborts the process."""
    working = [(thread, stop) for thread, stop in list(_at_work.items()) if thread.is_alive()]
    for _, stop in working:
        stop.set()
    until = time.monotonic() + LAST_SECONDS
    for thread, _ in working:
        thread.join(max(0.0, until - time.monotonic()))


@dataclass(frozen=True)
class _Ended:
    """The work's last event: what it raised, if anything."""

    error: BaseException | None = None


def stream(
    work: Callable[[Put[Event]], None],
    run: Run,
    *,
    name: str,
    stop: threading.Event,
    wait: bool = True,
    patience: float = CHECK_SECONDS,
    every: float = 0.0,
    replaces: Callable[[Event], bool] = lambda event: False,
) -> Generator[Event, None, None]:
    """Yield what `work` puts, which works for `run` in a copy of the reader's context.

    A reader who leaves early, or a run that is stopped, sets `stop`. With `wait` the reader goes on
    only when the work has ended, so that the next one has its model for itself. Nobody waits
    longer than `patience` seconds for an event of a run that was stopped, nor at all while it is
    uninterruptible: that ends unseen, in its place and with its model. An event that `replaces`
    those before it is held back until `every` seconds after the last one: a page draws no faster.

    Raises:
        Cancelled: the run was stopped.
        Whatever `work` raises.
    """
    events: queue.SimpleQueue[Event | _Ended] = queue.SimpleQueue()

    def target() -> None:
        error: BaseException | None = None
        try:
            with run.active():
                work(events.put)
        except BaseException as raised:
            error = raised
        events.put(_Ended(error))

    thread = threading.Thread(target=copy_context().run, args=(target,), name=name, daemon=True)
    _at_work[thread] = stop
    thread.start()
    ended = False
    held: list[Event] = []  # at most one
    shown = float("-inf")
    heard = time.monotonic()  # the last event, or the last look for a stop
    try:
        while True:
            look = min(patience, CHECK_SECONDS)
            due = max(0.0, shown + every - time.monotonic()) if held else look
            try:
                event = events.get(timeout=due)
            except queue.Empty:
                if not held:
                    if run.uninterruptible or time.monotonic() - heard >= patience:
                        heard = time.monotonic()
                        run.check()
                    continue
            else:
                heard = time.monotonic()
                if isinstance(event, _Ended):
                    ended = True
                    yield from held
                    if event.error:
                        raise event.error
                    return
                held = [event]
                if not replaces(event):
                    yield held.pop()
                    continue
                if time.monotonic() - shown < every:
                    continue
            yield held.pop()
            shown = time.monotonic()
    finally:
        if not ended:
            stop.set()
        if wait:
            thread.join()
