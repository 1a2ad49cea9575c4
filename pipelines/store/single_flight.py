"""Single flight: concurrent callers with the same key share one execution and its result.

Knows keys and work, neither models nor networks. The work runs on a thread of its own, so that a
caller can leave at once, whatever the network does. When the last caller has left, the work is
cancelled; the next caller with that key waits until it has ended.
"""

import queue
import threading
import time
from collections.abc import Callable, Hashable
from contextvars import copy_context
from pathlib import Path

from pipelines.errors import ModelError
from pipelines.progress import Progress
from pipelines.run import Run, current, stop_if_cancelled, tell

Work = Callable[[], Path]
POLL_SECONDS = 0.1


class _Flight:
    """One execution in progress, and the callers waiting for it."""

    def __init__(self) -> None:
        self.waiting: list[queue.SimpleQueue[Progress]] = []
        self.last: Progress | None = None
        self.cancel = threading.Event()
        self.ended = threading.Event()
        self.result: Path | None = None
        self.error: BaseException | None = None


class SingleFlight:
    """All executions in progress, by key."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight] = {}
        self._lock = threading.Lock()

    def join(self, key: Hashable, title: str, work: Work) -> Path:
        """The result of the work, started here unless it is in progress already.

        A refusal concerns the caller who began: a model that one task refuses may serve another, so
        callers who only waited do their own work then.

        Raises:
            Cancelled: the current run was stopped.
            Whatever the work raises.
        """
        heard: queue.SimpleQueue[Progress] = queue.SimpleQueue()
        while True:
            while (entered := self._enter(key, heard, work)) is None:
                tell(Progress("downloading", f"Ending the last download of {title}"))
                time.sleep(POLL_SECONDS)
            flight, mine = entered
            try:
                # Also while small files are checked, but not while files of this disk are verified.
                if flight.last and flight.last.stage != "verifying":
                    tell(Progress("downloading", f"{title} is being downloaded already"))
                while not flight.ended.is_set() or not heard.empty():
                    try:
                        tell(heard.get(timeout=POLL_SECONDS))
                    except queue.Empty:
                        stop_if_cancelled()
            finally:
                self._leave(flight, heard)
            if flight.result:
                return flight.result
            assert flight.error
            if mine or not isinstance(flight.error, ModelError):
                raise flight.error

    def _enter(
        self, key: Hashable, heard: "queue.SimpleQueue[Progress]", work: Work
    ) -> tuple[_Flight, bool] | None:
        """The flight to wait for, and whether it began here; None while one that everybody left is
        still ending."""
        with self._lock:
            flight = self._flights.get(key)
            if flight and flight.cancel.is_set():
                return None
            mine = flight is None
            if not flight:
                flight = self._flights[key] = _Flight()
                threading.Thread(
                    target=copy_context().run,
                    args=(self._fly, key, flight, work),
                    name="single flight",
                    daemon=True,
                ).start()
            flight.waiting.append(heard)
            return flight, mine

    def _leave(self, flight: _Flight, heard: "queue.SimpleQueue[Progress]") -> None:
        with self._lock:
            flight.waiting.remove(heard)
            if not flight.waiting:
                flight.cancel.set()

    def _fly(self, key: Hashable, flight: _Flight, work: Work) -> None:
        def report(progress: Progress) -> None:
            with self._lock:
                flight.last = progress
                for one in flight.waiting:
                    one.put(progress)

        try:
            with Run(report, flight.cancel, current().visitor).active():
                flight.result = work()
        except BaseException as error:
            flight.error = error
        with self._lock:
            del self._flights[key]
            flight.ended.set()
