"""Who asked for what is computed: once they are gone, whatever was begun for them is cancelled.

Knows neither connections nor models. Whoever serves a request (components.disconnects) says for
whom, in a context variable; whatever runs for long (a run, a lab's work) gives its cancel event.
A script is no such caller: outside the block nothing is ever cancelled by it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Caller:
    """One request for something, and what is to be cancelled when nobody waits for it any more."""

    def __init__(self) -> None:
        self._cancels: list[threading.Event] = []
        self.gone = False
        self._lock = threading.Lock()

    def add(self, cancel: threading.Event) -> None:
        """Set this event when the caller goes; at once if they are gone."""
        with self._lock:
            self._cancels.append(cancel)
            if self.gone:
                cancel.set()

    def leave(self) -> None:
        """The caller is gone."""
        with self._lock:
            self.gone = True
            for cancel in self._cancels:
                cancel.set()


_current: ContextVar[Caller | None] = ContextVar("caller", default=None)


@contextmanager
def called_by(caller: Caller) -> Iterator[None]:
    """What is begun inside the block is begun for this caller."""
    token = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(token)


def cancel_when_gone(cancel: threading.Event) -> None:
    """Set this event when whoever is asking now has gone."""
    if caller := _current.get():
        caller.add(cancel)
