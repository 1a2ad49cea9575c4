"""What a model says of the tokens of a text, as capabilities give it to adapters."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Filling(NamedTuple):
    """One token for a mask; `joins`: it goes on with the word before it."""

    token: int
    token_str: str
    score: float
    joins: bool


class TaggedToken(NamedTuple):
    """One token of a text, by characters, with a score for each label.

    `piece` is how the vocabulary writes it; `is_subword`: it goes on with a word.
    """

    start: int
    end: int
    piece: str
    is_subword: bool
    scores: NDArray[np.float32]


class TextSpan(NamedTuple):
    """A piece of a text, by characters."""

    start: int
    end: int
    score: float


class FoundSpans(NamedTuple):
    """Spans, best first, and the score of there being none."""

    spans: list[TextSpan]
    nothing: float
