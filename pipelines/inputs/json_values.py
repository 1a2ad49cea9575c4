"""Whether JSON holds too many values, told before it is parsed: that stops all threads, 5 s for
30 MB of `[]`.

What is told is never less than what a parser finds, up to where it stops at an error. Commas and
brackets inside strings do not count; where there are few of them all are counted, which is faster.
"""

from pipelines.parse_json import outside_strings, structure

MOST_VALUES = 200_000  # each takes about 100 bytes once it is parsed


def has_too_many_values(text: bytes) -> bool:
    """Whether there are more values in a JSON text than are parsed here; none are in bytes that
    are no JSON, such as a picture's."""
    text = structure(text)
    if _values(text) <= MOST_VALUES:
        return False
    # A value has a string and its key, at most. More would be a long list of pieces.
    if text.count(b'"') - text.count(b'\\"') > 4 * MOST_VALUES:
        return True
    return _values(outside_strings(text)) > MOST_VALUES


def line_has_too_many(line: str) -> bool:
    """The same of a line of a file, where a value is a character at least."""
    return len(line) > MOST_VALUES and has_too_many_values(line.encode("utf-8", "replace"))


def _values(text: bytes) -> int:
    return sum(map(text.count, (b",", b"[", b"{")))
