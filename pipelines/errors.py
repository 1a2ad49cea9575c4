"""Errors made to be shown to a person.

Each carries a sentence (what is wrong) and a hint (what to do). They are raised where the
knowledge is and shown in one place: the line of status (components/runner.py), or the answer of an
endpoint. Anything else that escapes an adapter is a defect of ours; its traceback goes to the log,
never to the page.
"""

import reprlib
from typing import Any

LONGEST_QUOTE = 100  # characters of what was sent, repeated in an error


def quoted(value: object) -> str:
    """What was sent, as a sentence may repeat it: escaped, and cut where it is long."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = LONGEST_QUOTE
    try:
        return short.repr(value)
    except ValueError:  # a number of more digits than Python writes
        return "this number"


class PlaygroundError(Exception):
    """What went wrong, in one sentence, and a hint what to do about it. `retry_after`: the seconds
    after which the same may be asked again; 0 where it is not worth it."""

    retry_after = 0

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(f"{sentence} {hint}".strip())
        self.sentence = sentence
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as it is, for another process: subclasses are made of other arguments."""
        return _made, (type(self), self.args, vars(self))


def _made(kind: type[PlaygroundError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = kind.__new__(kind, *args)
    vars(error).update(state)
    return error


class InputError(PlaygroundError):
    """The user's input or an option cannot be used as it is."""


class ModelError(PlaygroundError):
    """The model asked for does not exist, does not fit the task or cannot be loaded."""


class MemoryBudgetError(ModelError):
    """The model is larger than the memory budget. Sizes in bytes."""

    def __init__(self, title: str, needed: int, budget: int) -> None:
        super().__init__(
            f"{title} needs {needed / 1e6:,.0f} MB; the memory budget is {budget / 1e6:,.0f} MB.",
            "Pick a smaller model, or raise PLAYGROUND_MEMORY_GB.",
        )


class DownloadError(PlaygroundError):
    """The files of a model could not be downloaded."""


class UnreachableError(DownloadError):
    """No source of the model's files answers."""


class ChecksumError(DownloadError):
    """A file is not the one the catalogue names; it has been thrown away."""


class DiskFullError(DownloadError):
    """The files do not fit on the disk."""


class BusyError(PlaygroundError):
    """No further run can begin now, or none of this visitor."""

    def __init__(self, sentence: str, hint: str, retry_after: int) -> None:
        super().__init__(sentence, hint)
        self.retry_after = retry_after


class RateLimitError(BusyError):
    """This visitor has asked for too much lately."""


class Cancelled(PlaygroundError):
    """The user pressed Stop."""

    def __init__(self, sentence: str = "Stopped.", hint: str = "") -> None:
        super().__init__(sentence, hint)


class ServerStoppingError(Cancelled):
    """The server goes down: no run begins, and one that would last is ended."""

    retry_after = 10

    def __init__(self) -> None:
        super().__init__("The server is stopping.", "Try again in a minute.")
