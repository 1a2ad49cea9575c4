"""Where a text may be cut within a word: between grapheme clusters (Unicode's UAX 29).

    [*ends("cafe\\u0301")]     [1, 2, 3, 5]

Thai, Lao, Khmer and Burmese write words without spaces, and only a dictionary tells where they end.
What their letters tell is kept: a vowel stays with its consonant, a consonant that only ends a
syllable, or is stacked, with the letters before it.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

# Vowels of Thai and Lao that are written before their consonant; vowels and tones of these and of
# Burmese behind it, which UAX 29 takes for letters of their own.
LEADING = "\u0e40-\u0e44\u0ec0-\u0ec4"
TRAILING = (
    "\u0e2f\u0e30\u0e32\u0e45\u0e46\u0eaf\u0eb0\u0eb2\u0ec6"
    "\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u109a-\u109c"
)
# A silent consonant of Thai and Lao; one that ends a syllable, or has another below it, in Burmese.
SILENT = "[\u0e01-\u0e2e\u0e81-\u0eae][\u0e34-\u0e39\u0eb4-\u0eb9]?[\u0e4c\u0ecc]"
FINAL = "[\u1000-\u1021\u103f][\u1039\u103a]"
STACKS = "\u1039\u17d2"  # the next consonant of Burmese and Khmer stands below the one before
NEAR = 256  # characters looked at before a cut: clusters are far shorter


@cache
def _pattern() -> Any:
    import regex

    follows = rf"(?<=[{STACKS}])\X|(?=[{TRAILING}]|{SILENT}|{FINAL})\X"
    return regex.compile(rf"(?:[{LEADING}]\X|\X)(?:{follows})*")


def ends(text: str) -> Iterator[int]:
    """The places at which the text may be cut, its end among them."""
    return (match.end() for match in _pattern().finditer(text))


def cut(text: str, most: int) -> str:
    """The beginning of a text that has at most so many characters."""
    if len(text) <= most:
        return text
    begin = max(0, most - NEAR)
    places = [begin + end for end in ends(text[begin : most + NEAR]) if begin + end <= most]
    return text[: places[-1] if places else most]
