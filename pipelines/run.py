"""One request for an answer, and the live run that answers it.

The Run is in a context variable, so that runs side by side never mix and nothing has to be handed
down: whoever computes, loads or downloads asks here whether to stop, tells how far it is, and adds
notes and measurements to the answer. A thread begun for a run works in a copy of its context.
Outside a run nothing is heard and nothing ever stops.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from pipelines.errors import Cancelled
from pipelines.progress import Progress

CHECK_SECONDS = 0.2  # who waits for a model asks so often whether the user waits still

Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Request:
    """What a user asks for. `visitor` is the Hub token of one who signed in."""

    task: str
    inputs: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    model: str = "auto"
    visitor: str = ""


@dataclass(eq=False)
class Run:
    """Work in progress for somebody: stop, progress, notes, measurements, and whose token is used.

    A run within another (`parent`) stops with it; so does what a page asked for when its visitor
    leaves. Work that several wait for is a run of its own, without a parent.
    """

    report: Report = lambda progress: None
    cancel: threading.Event = field(default_factory=threading.Event)
    visitor: str = ""  # the Hub token of a visitor who signed in; "" for the server's own
    parent: "Run | None" = None
    notes: list[str] = field(default_factory=list)
    tokens: int | None = None
    audio_seconds: float | None = None
    offer_recommended: bool = False

    @property
    def stopped(self) -> bool:
        """Whether nobody wants the result any more."""
        return self.cancel.is_set() or (self.parent is not None and self.parent.stopped)

    def check(self) -> None:
        """Raise Cancelled when the run was stopped."""
        if self.stopped:
            raise Cancelled

    def tell(self, progress: Progress) -> None:
        """Report progress; raises Cancelled when the run was stopped."""
        self.check()
        self.report(progress)

    @contextmanager
    def active(self) -> "Iterator[Run]":
        """Make this the current run inside the block."""
        was = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(was)


_current: ContextVar[Run | None] = ContextVar("run", default=None)


def current() -> Run:
    """The run this code works for; outside of one, a run that nobody hears of."""
    return _current.get() or Run()


def stop_if_cancelled() -> None:
    """Raise Cancelled when the user wants no more of this run."""
    current().check()


def tell(progress: Progress) -> None:
    """Report progress; raises Cancelled when the user wants no more of this run."""
    current().tell(progress)


def note(sentence: str) -> None:
    """Tell the user something about this answer, once."""
    notes = current().notes
    if sentence not in notes:
        notes.append(sentence)


def offer_recommended(sentence: str) -> None:
    """Say what the starter does not know; the tab offers the recommended model beside it."""
    note(sentence)
    current().offer_recommended = True


def count_tokens(tokens: int) -> None:
    """Add generated tokens; the report shows them per second."""
    run = current()
    run.tokens = (run.tokens or 0) + tokens


def audio_seconds(seconds: float) -> None:
    """Say how much sound was heard or spoken; the report shows the real-time factor."""
    current().audio_seconds = seconds
