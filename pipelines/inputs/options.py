"""Options of a task: numbers, choices, languages, lines and texts, stop strings, yes or no."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import InputError, quoted
from pipelines.inputs.text import Text, clean
from pipelines.languages import CODES, REPLACED
from pipelines.settings import Settings

CODE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE)
LONGEST_LINE = 200
MOST_STOP_STRINGS = 16


@dataclass(frozen=True)
class InView:
    """Marks an option, beside its kind, as shown with the inputs instead of the other options.

    `of_model` says by a model's config.json whether the model uses it; without it, all models do.
    """

    of_model: Callable[[Mapping[str, Any]], bool] | None = None


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
        return f"Choose from {_in_full(self.minimum)} to {_in_full(self.maximum)}."


def _in_full(number: float) -> str:
    """A number with all its digits."""
    return f"{int(number):,}" if number == int(number) else f"{number:g}"


@dataclass(frozen=True)
class Choice:
    """One of `choices`; if `optional`, the empty string or None leaves it to the model.

    `meant` tells which of them is meant by something else, or None.
    """

    help: str
    choices: tuple[str, ...]
    optional: bool = False
    meant: Callable[[str, Iterable[str]], str | None] | None = None

    def read(self, name: str, value: Any, settings: Settings) -> str | None:
        """Return the choice.

        Raises:
            InputError: none of the choices.
        """
        if self.optional and value in (None, "", "auto"):
            return None
        if self.meant and isinstance(value, str) and len(value) <= LONGEST_LINE:
            value = self.meant(value, self.choices) or value
        if value not in self.choices:
            shown = ", ".join(self.choices[:12]) + (", …" if len(self.choices) > 12 else "")
            raise InputError(f"{name} cannot be {quoted(value)}.", f"Choose from {shown}.")
        return str(value)


@dataclass(frozen=True)
class Language:
    """A language by its code; which ones there are depends on the model.

    `choices` are offered while the model's are not known; `of_model` reads those of a model from
    the folder of its files. The model itself refuses a language that it does not have.
    """

    help: str
    choices: tuple[str, ...]
    of_model: Callable[[Path], Iterable[str]]

    def read(self, name: str, value: Any, settings: Settings) -> str:
        """Return the code.

        Raises:
            InputError: nothing that looks like a language code.
        """
        if isinstance(value, str) and (code := CODES.get(value.casefold())):
            return REPLACED.get(code, code)
        if not isinstance(value, str) or not CODE.fullmatch(value):
            raise InputError(
                f"{name} cannot be {quoted(value)}.",
                "Send a language code such as en, fr or zh-Hans.",
            )
        return value


@dataclass(frozen=True)
class Voice:
    """A voice by its name, or the model's first one; which there are depends on the model.

    The model itself refuses a voice that it does not have.
    """

    help: str

    def read(self, name: str, value: Any, settings: Settings) -> str | None:
        """Return the name, or None for the first.

        Raises:
            InputError: not a text, or longer than any name.
        """
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > LONGEST_LINE:
            raise InputError(f"{name} cannot be {quoted(value)}.", "Send the name of a voice.")
        return value.strip() or None


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
class Timestamps:
    """Which timestamps a transcript has: none, those of its segments, or those of its words."""

    help: str

    def read(self, name: str, value: Any, settings: Settings) -> bool | str:
        """Return False, True or "word".

        Raises:
            InputError: another value.
        """
        if not isinstance(value, bool) and value != "word":
            raise InputError(f"{name} cannot be {quoted(value)}.", 'Send true, false or "word".')
        return value if isinstance(value, bool) else "word"


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


@dataclass(frozen=True)
class LongText:
    """A text of several lines, or none; `cut` as in `Text`."""

    help: str
    lines: int = 2
    cut: bool = False

    def read(self, name: str, value: Any, settings: Settings) -> str | None:
        """Return the text, cleaned, or None for an empty one.

        Raises:
            InputError: not a text, or too long.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        return Text(name, cut=self.cut).read(value, settings)


@dataclass(frozen=True)
class StopStrings:
    """Stop strings, which end an answer; white space in them counts."""

    help: str

    def read(self, name: str, value: Any, settings: Settings) -> list[str] | None:
        """Return the texts, or None where there are none; one text may come alone.

        Raises:
            InputError: not texts, too many, or one that is empty or too long.
        """
        given = [value] if isinstance(value, str) else value or []
        if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
            raise InputError(f"{name} must be a list of texts.", r'Send ["\n"].')
        if len(given) > MOST_STOP_STRINGS or not all(0 < len(s) <= LONGEST_LINE for s in given):
            raise InputError(
                f"{name} takes up to {MOST_STOP_STRINGS} texts of 1 to {LONGEST_LINE} characters.",
                "Send fewer or shorter ones.",
            )
        return list(given) or None


@dataclass(frozen=True)
class Words:
    """A few short texts, or none."""

    help: str
    most: int = 20

    def read(self, name: str, value: Any, settings: Settings) -> list[str]:
        """Return them, cleaned, each once; a single string is split at commas.

        Raises:
            InputError: not a list of texts, too many, or one that is longer than a line.
        """
        given = value.split(",", self.most) if isinstance(value, str) else value or []
        if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
            raise InputError(f"{name} must be a list of texts.", 'Send ["a", "b"].')
        if len(given) > self.most or any(len(one) > LONGEST_LINE for one in given):
            raise InputError(
                f"{name} are too many, or too long.",
                f"Give at most {self.most}, of {LONGEST_LINE} characters each.",
            )
        return list(dict.fromkeys(word for one in given if (word := clean(one))))
