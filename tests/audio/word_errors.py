"""Word error rate: words to change, add or take away, per word of the original."""

from starters.edits import edits, words


def word_error_rate(original: str, heard: str) -> float:
    """0 when every word came through."""
    wanted = words(original)
    return edits(words(heard), wanted) / len(wanted)
