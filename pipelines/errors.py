"""Errors made to be shown to a person.

Each carries a sentence (what is wrong) and a hint (what to do). They are raised where the
knowledge is and shown in one place: the line of status (components/runner.py), or the answer of an
endpoint. Anything else that escapes an adapter is a defect of ours; its traceback goes to the log,
never to the page.
"""


class PlaygroundError(Exception):
    """What went wrong, in one sentence, and a hint what to do about it."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(f"{sentence} {hint}".strip())
        self.sentence = sentence
        self.hint = hint


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
    """The files of a model could not be had."""


class UnreachableError(DownloadError):
    """No source of the model's files answers."""


class ChecksumError(DownloadError):
    """A file is not the one the catalogue names; it has been thrown away."""


class DiskFullError(DownloadError):
    """The files do not fit on the disk."""


class Cancelled(PlaygroundError):
    """The user pressed Stop."""

    def __init__(self) -> None:
        super().__init__("Stopped.")
