"""The messages between a front and replicas. Knows neither Ray nor models.

Paths are valid on one machine only, so a request carries the content of its files. The front opens
them, by the same rules as for a run of its own; replicas open none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.errors import InputError, PlaygroundError
from pipelines.inputs import Audio, Image, Messages, image, sound_file
from pipelines.inputs.live_sound import LiveSound
from pipelines.inputs.source import is_missing, open_source
from pipelines.playground import Event
from pipelines.progress import Progress
from pipelines.run import Request
from pipelines.settings import Settings
from pipelines.task import Task

MOST_BYTES = 500_000_000  # of one request's files: both sides hold them in memory
FILE_KEYS = ("image", "file", "images")  # where a message has its pictures


@dataclass(frozen=True)
class Sent:
    """One message of a replica about a run: an event, or the error that ended it.

    The rest is what the run has measured so far: the front counts it for limits and metrics.
    """

    event: Event | PlaygroundError
    tokens: int | None = None
    prompt_tokens: int | None = None
    audio_seconds: float | None = None

    @property
    def is_answer(self) -> bool:
        """Whether somebody waits for it: progress may come a little later."""
        return not isinstance(self.event, Progress)

    @property
    def ends(self) -> bool:
        """Whether it is the run's last."""
        return isinstance(self.event, PlaygroundError) or bool(getattr(self.event, "facts", None))


def with_files(task: Task, request: Request, settings: Settings) -> Request:
    """The request, with paths and web addresses replaced by the content of their files.

    Raises:
        InputError: a file cannot be opened, may not be, or they are too large together.
    """
    reader = _Reader(settings)
    kinds = {p.name: p.spec for p in task.inputs}
    inputs = {name: reader.read(kinds.get(name), value) for name, value in request.inputs.items()}
    return replace(request, inputs=inputs)


class _Reader:
    """Reads the files of one request."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._left = MOST_BYTES

    def read(self, spec: Any, value: Any) -> Any:
        if isinstance(spec, Messages):
            return self._messages(value)
        if not isinstance(spec, Image | Audio):
            return value
        if isinstance(value, list):
            return [self.read(spec, one) for one in value]
        if isinstance(spec, Image):
            return self._content(value, "picture", image.unreadable())
        return self._content(value, "sound", sound_file.unreadable())

    def _messages(self, value: Any) -> Any:
        """The same conversation, with the content of its pictures."""
        if isinstance(value, list):
            return [self._messages(one) for one in value]
        if not isinstance(value, Mapping):
            return value
        read = {key: self.read(Image(), value[key]) for key in FILE_KEYS if value.get(key)}
        if content := value.get("content"):
            read["content"] = self._messages(content)
        return {**value, **read}

    def _content(self, value: Any, what: str, unreadable: InputError) -> Any:
        if isinstance(value, LiveSound):
            raise InputError(
                "The cluster writes down whole recordings only.", "Record it, then press Run."
            )
        if is_missing(value) or not isinstance(value, str | Path | dict):
            return value
        with open_source(value, what, unreadable, self._settings) as file:
            content = file.read()
        self._left -= len(content)
        if self._left < 0:
            raise InputError(
                f"The files are larger than {MOST_BYTES / 1e6:,.0f} MB together.", "Send fewer."
            )
        return content
