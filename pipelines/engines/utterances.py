"""Long texts for voices: cut into utterances that a voice can speak in bounded memory.

A voice attends from each symbol to each other and decodes an utterance whole: one sentence of
20,000 characters took piper 11 GB. Characters are cut as phonemes are; the marks are the same.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Symbols = TypeVar("Symbols", bound=Sequence[str])

# The best places to cut, the best first. These stand before a space, as in "1,000" they do not;
# Chinese and Japanese write theirs without one.
MARKS = (".!?…", ",;:—–)")
WIDE_MARKS = ("。！？", "，、；：")
SPACES = " \n\t"


def utterances(symbols: Symbols, longest: int) -> Iterator[Symbols]:
    """Yield the symbols in pieces of at most `longest`.

    A piece ends after a sentence where one ends in it, else after a clause, else after a word,
    else where it must. What is short enough comes as it is.
    """
    start, end = 0, len(symbols)
    while end - start > longest:
        cut = start + _cut(symbols[start : start + longest + 1], longest)
        yield symbols[start:cut]  # type: ignore[misc]  # a slice is of the same type
        start = cut
        while start < end and symbols[start] in SPACES:
            start += 1
    if start < end or not symbols:
        yield symbols[start:]  # type: ignore[misc]


def _cut(window: Sequence[str], longest: int) -> int:
    """Where to cut a window of `longest` symbols and the one after them."""
    for marks, wide in zip(MARKS, WIDE_MARKS, strict=True):
        for i in range(longest, 0, -1):
            if window[i - 1] in wide or (window[i - 1] in marks and window[i] in SPACES):
                return i
    return next((i for i in range(longest, 0, -1) if window[i] in SPACES), longest)
