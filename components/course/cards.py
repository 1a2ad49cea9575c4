"""The cards of chapter_1.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

FILE = Path(__file__).with_name("chapter_1.toml")
STARTER = "starter"  # what a link calls the inputs for where its model cannot be had

Value = str | int | float | list[str]


@dataclass(frozen=True)
class Card:
    """One call of the course. `open` and `starter` are as the file says them."""

    id: str
    title: str
    shows: str
    open: Mapping[str, Value]
    code: str = ""
    changed: str = ""
    starter: Mapping[str, Value] | None = None

    @property
    def link(self) -> str:
        """The link that opens its tab, filled in."""
        words = dict(self.open)
        if self.starter:
            words[STARTER] = urlencode(self.starter, doseq=True)
        return "?" + urlencode(words, doseq=True)


@dataclass(frozen=True)
class Section:
    """One section of the chapter, with the address of its text."""

    title: str
    url: str
    cards: tuple[Card, ...]


@cache
def sections() -> tuple[Section, ...]:
    """All sections, in the chapter's order."""
    given = tomllib.loads(FILE.read_text("utf-8"))["section"]
    return tuple(
        Section(one["title"], one["url"], tuple(Card(**card) for card in one["card"]))
        for one in given
    )
