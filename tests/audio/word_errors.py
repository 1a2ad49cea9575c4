"""Word error rate: words to change, add or take away, per word of the original."""

import re


def word_error_rate(original: str, heard: str) -> float:
    """0 when every word came through."""
    wanted, got = (re.findall(r"[a-z']+", text.lower()) for text in (original, heard))
    row = list(range(len(got) + 1))
    for i, word in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1] / len(wanted)
