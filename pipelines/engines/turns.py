"""Turns on a model that does one pass at a time: whoever has had least of it lately is next.

Weighted fair queueing over the passes of runs. A run's pass is due at the virtual time at which its
last one would have ended, had all runs worked side by side; a new run's first pass is due now. So a
short run is not kept waiting by long ones for more than a pass or two, long ones take turns, and
nobody waits for ever. Knows neither models nor tasks.
"""

import itertools
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

from pipelines.run import CHECK_SECONDS, stop_if_cancelled

T = TypeVar("T")


class Turns:
    """The passes of all runs on one model."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._asked = 0
        self._now = 0.0  # virtual time: goes on as fast as one of the runs side by side would
        self._busy = False

    def run(self) -> "Share":
        """A new run's share."""
        return Share(self)

    def wait(self, due: float) -> float:
        """Wait for the turn of a pass that is due then, or now if that is later; returns when.

        Raises:
            Cancelled: the user stopped while this one waited.
        """
        with self._changed:
            self._asked += 1
            ticket = (max(due, self._now), self._asked)
            self._waiting.append(ticket)
            try:
                stop_if_cancelled()
                while self._busy or min(self._waiting) != ticket:
                    self._changed.wait(CHECK_SECONDS)
                    stop_if_cancelled()
                self._busy = True
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        return ticket[0]

    def end(self, due: float, seconds: float) -> None:
        """The pass that was due then took so long."""
        with self._changed:
            self._busy = False
            self._now = max(self._now, due) + seconds / (len(self._waiting) + 1)
            self._changed.notify_all()


class Share:
    """One run's share of the turns."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._due = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the model for one pass.

        Raises:
            Cancelled: the user stopped before it.
        """
        due = self._turns.wait(self._due)
        began = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - began
            self._due = due + seconds
            self._turns.end(due, seconds)

    def each(self, passes: Generator[T, None, None]) -> Iterator[T]:
        """What the passes yield, each of which is one turn.

        Raises:
            Cancelled: the user stopped before the next one.
        """
        with closing(passes):
            while True:
                with self.turn():
                    made = [*itertools.islice(passes, 1)]
                if not made:
                    return
                yield from made
