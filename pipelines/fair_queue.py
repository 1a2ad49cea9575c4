"""Places that several people's runs wait for: whose last turn is longest ago is next.

Start-time fair queueing: a run is due one round after the one before it of the same visitor, and
never before the round that is being served; of those due in one round who came first is first. So a
visitor's second run waits behind the first ones of all others, and nobody waits for ever. Knows
neither models nor tasks.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipelines.progress import Progress
from pipelines.run import current, tell

WAIT_SECONDS = 0.1


@dataclass(eq=False)
class _Ticket:
    visitor: str
    due: int


class FairQueue:
    """The runs that have a place, and those that wait for one."""

    def __init__(self, changed: threading.Condition | None = None) -> None:
        """`changed`: the condition of whoever holds more state that changes with the places."""
        self._changed = changed or threading.Condition()
        self._waiting: list[_Ticket] = []  # in the order of their turns
        self._running: list[_Ticket] = []
        self._round = 0
        self._last: dict[str, int] = {}  # the round of each visitor's newest run

    @contextmanager
    def place(self, places: int) -> Iterator[None]:
        """One of so many places, for the block; the current run hears how many are before it.

        Raises:
            Cancelled: the current run was stopped while it waited.
        """
        ticket = self._join(current().whose.visitor)
        try:
            with self._changed:
                while len(self._running) >= places or self._waiting[0] is not ticket:
                    tell(Progress("queued", self._told(ticket)))
                    self._changed.wait(WAIT_SECONDS)
                self._waiting.remove(ticket)
                self._running.append(ticket)
                self._round = max(self._round, ticket.due)
                self._changed.notify_all()
            yield
        finally:
            self._leave(ticket)

    def _join(self, visitor: str) -> _Ticket:
        with self._changed:
            due = max(self._round, self._last.get(visitor, -1) + 1)
            ticket = _Ticket(visitor, due)
            later = (at for at, one in enumerate(self._waiting) if one.due > due)
            self._waiting.insert(next(later, len(self._waiting)), ticket)
            self._last[visitor] = due
            return ticket

    def _leave(self, ticket: _Ticket) -> None:
        with self._changed:
            place = self._waiting if ticket in self._waiting else self._running
            place.remove(ticket)
            # Of the others a new run is due now anyway.
            self._last = {who: due for who, due in self._last.items() if due >= self._round}
            self._changed.notify_all()

    def _told(self, ticket: _Ticket) -> str:
        before = [*self._running, *self._waiting[: self._waiting.index(ticket)]]
        people = len({one.visitor for one in before} - {ticket.visitor})
        if people:
            return f"Queued: {people} {'people' if people > 1 else 'person'} before you"
        return f"Queued: {len(before)} of your runs before this one"
