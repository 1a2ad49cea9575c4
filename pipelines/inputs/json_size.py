"""How much JSON holds, told before it is parsed: that stops all threads, 5 s for 30 MB of `[]`.

What is told is never less than what a parser finds, up to where it stops at an error. Commas and
brackets inside strings do not count; where there are few of them all are counted, which is faster.
"""

import json
from dataclasses import dataclass

from pipelines.parse_json import DEEPEST, OPENING, depth, outside_strings

MOST_VALUES = 200_000  # each takes about 100 bytes once it is parsed
ASCII_LIKE = ("utf-8", "utf-8-sig")  # where bytes below 128 are characters


@dataclass(frozen=True)
class JsonSize:
    """At most so many values, and lists and objects within each other."""

    values: int
    depth: int

    @property
    def has_too_many(self) -> bool:
        """Whether there are more values than are parsed here."""
        return self.values > MOST_VALUES

    @property
    def is_too_deep(self) -> bool:
        """Whether a parser may not get to the end of it."""
        return self.depth > DEEPEST


NOTHING = JsonSize(0, 0)


def json_size(text: bytes) -> JsonSize:
    """The size of a JSON text; nothing for bytes that are none, such as a picture's."""
    if (encoding := json.detect_encoding(text)) not in ASCII_LIKE:
        try:
            text = text.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return NOTHING
    start = text[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start and start not in OPENING:
        return NOTHING
    whole = _counted(text)
    return whole if not (whole.has_too_many or whole.is_too_deep) else _outside_strings(text)


def line_has_too_many(line: str) -> bool:
    """The same of a line of a file, where a value is a character at least."""
    return len(line) > MOST_VALUES and json_size(line.encode("utf-8", "replace")).has_too_many


def _counted(text: bytes) -> JsonSize:
    brackets = sum(map(text.count, (b"[", b"{")))
    return JsonSize(text.count(b",") + brackets, brackets)


def _outside_strings(text: bytes) -> JsonSize:
    # A value has a string and its key, at most. More would be a long list of pieces.
    if (quotes := text.count(b'"') - text.count(b'\\"')) > 4 * MOST_VALUES:
        return JsonSize(quotes // 4, 0)
    bare = outside_strings(text)
    whole = _counted(bare)
    return whole if whole.has_too_many else JsonSize(whole.values, depth(bare))
