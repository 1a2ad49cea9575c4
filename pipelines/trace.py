"""What a run wants to tell beside its answer: notes for the user, and what it measured; and Stop.

An adapter returns the Hub's output shape and nothing else; a remark ("the text was cut at 512
tokens") or a count of tokens travels through here, in a context variable, so that runs side by
side never mix. The other way comes the user's wish to stop, which engines ask for while they wait.
Outside a run the calls do nothing.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from pipelines.errors import Cancelled

CHECK_SECONDS = 0.2  # who waits for a model asks so often whether the user waits still


@dataclass
class Trace:
    """Notes and measurements of one run, and what is set when it is to end."""

    cancel: threading.Event = field(default_factory=threading.Event)
    notes: list[str] = field(default_factory=list)
    tokens: int | None = None
    audio_seconds: float | None = None
    offer_recommended: bool = False


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def tracing(cancel: threading.Event | None = None) -> Iterator[Trace]:
    """Collect what happens inside the block."""
    trace = Trace(cancel or threading.Event())
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def stop_if_cancelled() -> None:
    """Raise Cancelled when the user wants no more of this run."""
    if (trace := _current.get()) and trace.cancel.is_set():
        raise Cancelled


def note(sentence: str) -> None:
    """Tell the user something about this answer, once."""
    trace = _current.get()
    if trace and sentence not in trace.notes:
        trace.notes.append(sentence)


def offer_recommended(sentence: str) -> None:
    """Say what the starter does not know; the tab offers the recommended model beside it."""
    note(sentence)
    if trace := _current.get():
        trace.offer_recommended = True


def count_tokens(tokens: int) -> None:
    """Add generated tokens; the report shows them per second."""
    if trace := _current.get():
        trace.tokens = (trace.tokens or 0) + tokens


def audio_seconds(seconds: float) -> None:
    """Say how much sound was heard or spoken; the report shows the real-time factor."""
    if trace := _current.get():
        trace.audio_seconds = seconds
