"""Options of a task: a number, one of several choices, a language, a line of text, yes or no."""

import re
import reprlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import InputError
from pipelines.inputs.text import clean
from pipelines.settings import Settings

CODE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
LONGEST_LINE = 200


@dataclass(frozen=True)
class Number:
    """A number from `minimum` to `maximum`; whole when `step` is."""

    help: str
    minimum: float
    maximum: float
    step: float = 1
    optional: bool = False

    def read(self, name: str, value: Any, settings: Settings) -> int | float | None:
        """Return the number as int when `step` is whole, else as float.

        Raises:
            InputError: no number, NaN, or out of range.
        """
        if value is None and self.optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise InputError(f"{name} must be a number.", self._range)
        if not self.minimum <= value <= self.maximum:
            shown = f"={value:g}" if abs(value) < 1e15 else ""  # :g overflows on huge integers
            raise InputError(f"{name}{shown} is out of range.", self._range)
        if isinstance(self.step, int):
            if value != int(value):
                raise InputError(f"{name}={value:g} is not a whole number.", self._range)
            return int(value)
        return float(value)

    @property
    def _range(self) -> str:
        return f"Choose from {self.minimum:g} to {self.maximum:g}."


@dataclass(frozen=True)
class Choice:
    """One of `choices`; the empty string or None means that the model decides."""

    help: str
    choices: tuple[str, ...]
    optional: bool = False

    def read(self, name: str, value: Any, settings: Settings) -> str | None:
        """Return the choice.

        Raises:
            InputError: none of the choices.
        """
        if self.optional and value in (None, "", "auto"):
            return None
        if value not in self.choices:
            shown = ", ".join(self.choices[:12]) + (", …" if len(self.choices) > 12 else "")
            raise InputError(f"{name} cannot be {_shown(value)}.", f"Choose from {shown}.")
        return str(value)


@dataclass(frozen=True)
class Language:
    """A language by its code; which ones there are depends on the model.

    `choices` are offered while the model's are not known, `of_model` tells those of a model from
    the folder of its files. The model has the last word.
    """

    help: str
    choices: tuple[str, ...]
    of_model: Callable[[Path], Iterable[str]]

    def read(self, name: str, value: Any, settings: Settings) -> str:
        """Return the code.

        Raises:
            InputError: nothing that looks like a language code.
        """
        if not isinstance(value, str) or not CODE.fullmatch(value):
            raise InputError(
                f"{name} cannot be {_shown(value)}.",
                "Send a language code such as en, fr or zh-Hans.",
            )
        return value


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    help: str

    def read(self, name: str, value: Any, settings: Settings) -> bool:
        """Return the flag.

        Raises:
            InputError: neither true nor false.
        """
        if not isinstance(value, bool):
            raise InputError(f"{name} must be true or false.", "Send a boolean.")
        return value


@dataclass(frozen=True)
class Line:
    """A short text."""

    help: str

    def read(self, name: str, value: Any, settings: Settings) -> str:
        """Return the line, cleaned.

        Raises:
            InputError: not a text, empty, or longer than a line.
        """
        short = isinstance(value, str) and len(value) <= 2 * LONGEST_LINE
        line = clean(value) if short else ""
        if not line or len(line) > LONGEST_LINE:
            raise InputError(
                f"{name} must be a line of text.", f"Write 1 to {LONGEST_LINE} characters."
            )
        return line


def _shown(value: Any) -> str:
    """The value in a few characters, whatever was sent."""
    try:
        return reprlib.repr(value)
    except ValueError:  # a number of more digits than Python writes
        return "this number"
