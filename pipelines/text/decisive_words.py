"""Which words of a text made a classifier decide: its scores with each word left out.

    words = words_of("I love it.", 100)
    influence(all_of_it, without_each, "POSITIVE")  # [0.01, 0.84, 0.00]

A word's influence on a label is how much the score falls without it; below 0 where it rises. Knows
no model: who asks one, asks it for the texts that `without` gives, as a batch.
"""

import re
from collections.abc import Sequence

from pipelines.outputs import LabelScore

Span = tuple[int, int]
# Scripts without spaces between words: each sign counts for a word.
SIGNS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(f"[{SIGNS}]|[^\\s{SIGNS}]+")


def words_of(text: str, most: int) -> list[Span]:
    """Where the words of a text stand; neighbours are taken together where they are too many."""
    words = [found.span() for found in WORD.finditer(text)]
    together = -(-len(words) // most) or 1
    grouped = [words[at : at + together] for at in range(0, len(words), together)]
    return [(some[0][0], some[-1][1]) for some in grouped]


def without(text: str, word: Span) -> str:
    """The text with this word left out, and the spaces behind it."""
    start, end = word
    return (text[:start] + text[end:].lstrip()).strip()


def influence(
    whole: Sequence[LabelScore], left_out: Sequence[Sequence[LabelScore]], label: str
) -> list[float]:
    """How much the label's score falls without each word."""
    score = _score(whole, label)
    return [score - _score(one, label) for one in left_out]


def _score(scores: Sequence[LabelScore], label: str) -> float:
    return next((one["score"] for one in scores if one["label"] == label), 0.0)
