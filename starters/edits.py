"""How far two texts are apart: letters or words to change, add or leave out (Levenshtein)."""

import re
from collections.abc import Sequence


def edits(one: Sequence[str], other: Sequence[str]) -> int:
    """The fewest items to change, add or leave out to make one of the other."""
    row = list(range(len(other) + 1))
    for at, item in enumerate(one, 1):
        before, row = row, [at]
        for to, wanted in enumerate(other, 1):
            row.append(min(before[to] + 1, row[-1] + 1, before[to - 1] + (item != wanted)))
    return row[-1]


def words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return re.findall(r"[\w']+", text.lower())
