"""What a run wants to tell beside its answer: notes for the user, and what it measured.

An adapter returns the Hub's output shape and nothing else; a remark ("the text was cut at 512
tokens") or a count of tokens travels through here, in a context variable, so that runs side by
side never mix. Outside a run the calls do nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Trace:
    """Notes and measurements of one run."""

    notes: list[str] = field(default_factory=list)
    tokens: int | None = None
    audio_seconds: float | None = None
    offer_recommended: bool = False


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def tracing() -> Iterator[Trace]:
    """Collect what happens inside the block."""
    trace = Trace()
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


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
