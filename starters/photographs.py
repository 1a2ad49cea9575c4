"""Photographs, what is in them, and what is asked about them: the data of `photo_describer`.

Boxes and questions are in tests/photographs, written by hand before any model had seen the
photographs.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from PIL import Image

from starters.starter import ROOT

FOLDERS = (ROOT / "assets" / "examples", ROOT / "tests" / "photographs")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A thing in a photograph: COCO's label, and left, top, right and bottom as shares of it."""

    label: str
    box: Box


@dataclass(frozen=True)
class Labelled:
    """A photograph with its things, and with what may be things."""

    name: str
    things: tuple[Label, ...]
    unclear: tuple[Label, ...]


@dataclass(frozen=True)
class Asked:
    """A question about a photograph, and which words a right answer has and has not."""

    name: str
    question: str
    says: tuple[str, ...]
    never: tuple[str, ...]

    def right(self, answer: str) -> bool:
        """Whether it has one word of each item of `says`, and none of `never`."""

        def has(word: str) -> bool:
            return bool(re.search(rf"\b{re.escape(word)}(?:s|es)?\b", answer.lower()))

        says = all(any(map(has, words.split("|"))) for words in self.says)
        return says and not any(map(has, self.never))


@cache
def photograph(name: str) -> Image.Image:
    """The photograph of that name."""
    file = next(f for f in (folder / f"{name}.jpg" for folder in FOLDERS) if f.is_file())
    return Image.open(file).convert("RGB")


def labelled() -> Iterator[Labelled]:
    """All that have boxes."""
    for name, one in _read("boxes").items():
        yield Labelled(name, *(_labels(one.get(part, [])) for part in ("things", "unclear")))


def questions(file: str = "questions") -> list[Asked]:
    """Those of `questions`, in whose view thresholds were set, or of another file."""
    return [
        Asked(name, item["ask"], tuple(item["says"]), tuple(item.get("never", ())))
        for name, one in _read(file).items()
        for item in one["questions"]
    ]


def _labels(rows: list[Any]) -> tuple[Label, ...]:
    return tuple(Label(label, (a / 100, b / 100, c / 100, d / 100)) for label, a, b, c, d in rows)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDERS[1] / f"{name}.toml").read_text("utf-8"))
