"""What a photograph shows, as the describer's sentences and answers need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipelines.engines.photo.imagenet import ANIMALS, Noun


@dataclass(frozen=True)
class Thing:
    """One thing: its name, how sure, and its left, top, right and bottom as shares of the picture.

    The name is COCO's label, or ImageNet's of what the classifier only takes it for (`guessed`).
    """

    label: str
    score: float
    box: tuple[float, float, float, float]
    guessed: bool = False

    @property
    def area(self) -> float:
        """Its box's share of the picture."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of its box."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


@dataclass(frozen=True)
class Guess:
    """A word of the classifier's, how sure it is, and the number of its class in ImageNet.

    `also` is a second word that is at least half as likely.
    """

    word: str
    score: float
    number: int = -1
    also: str = ""

    @property
    def is_animal(self) -> bool:
        """Whether it is one of ImageNet's animals."""
        return self.number in ANIMALS


class Sight(Protocol):
    """One photograph, looked at as far as somebody asks."""

    def things(self) -> Sequence[Thing]:
        """All things, the surest first."""

    def lines(self) -> Sequence[str]:
        """The lines of text."""

    def kind_of(self, label: str | None) -> Guess:
        """Which kind of this label is there; of the whole picture with None."""

    def of_kind(self, kind: Noun) -> Sequence[Thing]:
        """What the classifier takes for one of the kind's classes, the surest first."""
