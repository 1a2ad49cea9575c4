"""One request for an answer, and the live run that answers it.

The Run is in a context variable, so that runs side by side never mix and nothing has to be handed
down: whoever computes, loads or downloads asks here whether to stop, tells how far it is, and adds
notes and measurements to the answer. A thread begun for a run works in a copy of its context.
Outside a run nothing is reported and nothing stops.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from pipelines.caller import NOBODY, Caller
from pipelines.errors import Cancelled
from pipelines.outputs import TokenLogprobs, ToolCall
from pipelines.progress import Progress

CHECK_SECONDS = 0.2  # between two looks whether the user of a waiting run has left

Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Request:
    """What a user asks for. `visitor` is the Hub token of one who signed in; `caller` whose turn it
    takes, by default that of the run it is asked within."""

    task: str
    inputs: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    model: str = "auto"
    visitor: str = ""
    caller: Caller = NOBODY

    def __post_init__(self) -> None:
        # No text, as from a box that was emptied, or what no browser sends, names no model.
        if not isinstance(self.model, str):
            object.__setattr__(self, "model", "auto")


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
    caller: Caller = NOBODY
    why: Cancelled | None = None  # what ended it, where that was not its user
    notes: list[str] = field(default_factory=list)
    tokens: int | None = None
    prompt_tokens: int | None = None
    audio_seconds: float | None = None
    heard: tuple[float, float] | None = None  # the part of a sound that a model judged, in seconds
    finish_reason: str | None = None
    finish_reasons: list[str] = field(default_factory=list)  # of each of several texts
    logprobs: list[TokenLogprobs] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)
    offer_recommended: bool = False
    uninterruptible: bool = False  # what it does at the moment ends by itself only

    @property
    def stopped(self) -> bool:
        """Whether nobody wants the result any more."""
        return self.cancel.is_set() or (self.parent is not None and self.parent.stopped)

    @property
    def whose(self) -> Caller:
        """For whom it is: a run within another is for the same caller."""
        if self.caller is NOBODY and self.parent is not None:
            return self.parent.whose
        return self.caller

    def check(self) -> None:
        """Raise Cancelled when the run was stopped."""
        if self.stopped:
            raise self.why or Cancelled()

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
    """The run this code works for; outside of one, a run that reports to nobody."""
    return _current.get() or Run()


def stop_if_cancelled() -> None:
    """Raise Cancelled when the user wants no more of this run."""
    current().check()


@contextmanager
def uninterruptible() -> Iterator[None]:
    """Say that a stop cannot break off the block, so that nobody waits for that."""
    run = current()
    run.uninterruptible = True
    try:
        yield
    finally:
        run.uninterruptible = False


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


def count_prompt_tokens(tokens: int) -> None:
    """Add tokens that the model read."""
    run = current()
    run.prompt_tokens = (run.prompt_tokens or 0) + tokens


def tell_logprobs(tokens: Sequence[TokenLogprobs]) -> None:
    """Add the log probabilities of tokens that were generated."""
    current().logprobs.extend(tokens)


def tell_tool_call(index: int, name: str, arguments: str) -> None:
    """Add to the call of this number what is new of its name and its arguments."""
    calls = current().tool_calls
    while len(calls) <= index:
        calls.append({"name": "", "arguments": ""})
    calls[index]["name"] += name
    calls[index]["arguments"] += arguments


def finished(reason: str) -> None:
    """Say why the model wrote no more: "stop", by itself or at a stop string, "length", or
    "tool_calls"."""
    current().finish_reason = reason


def audio_seconds(seconds: float) -> None:
    """Add sound that was heard or spoken; the report shows the real-time factor."""
    run = current()
    run.audio_seconds = (run.audio_seconds or 0) + seconds


def heard_part(start: float, end: float) -> None:
    """Say which part of a sound a model judged, where that is not all of it."""
    current().heard = (start, end)
