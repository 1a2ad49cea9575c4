"""Parsing JSON that others wrote: requests, rows, models' files.

How deep JSON may be nested before `json.loads` raises a RecursionError, or a later walk through the
value does, depends on Python's version and on the stack: 995 levels were taken by 3.11.7, 1,497 by
3.12.1 and 9,998 by 3.13.0. Here the limit is one number, counted in the text before anything is
built of it. Lone surrogates are replaced: see `pipelines/surrogates.py`.
"""

import json
import re
from itertools import accumulate
from typing import Any

from pipelines.surrogates import SURROGATE, without_surrogates

DEEPEST = 500  # lists and objects within each other
OPENING, CLOSING = b"[{", b"]}"
NO_BRACKETS = bytes(set(range(256)) - set(OPENING + CLOSING))
ASCII_LIKE = ("utf-8", "utf-8-sig")  # where bytes below 128 are characters
MAY_BE_LONE = re.compile(rf"\\u[dD][89a-fA-F]|{SURROGATE.pattern}")


class TooDeepError(ValueError):
    """The JSON is nested more than DEEPEST levels deep."""

    def __init__(self) -> None:
        super().__init__("nested too deeply")


def parse_json(source: str | bytes) -> Any:
    """The value that `source` holds, as `json.loads` reads it, with U+FFFD for lone surrogates.

    Raises:
        ValueError: it is no JSON, or a TooDeepError.
    """
    if is_too_deep(source):
        raise TooDeepError
    if isinstance(source, bytes):  # as json.loads does
        source = source.decode(json.detect_encoding(source), "surrogatepass")
    value = json.loads(source)
    escaped = "\\u" in source or not source.isascii()  # quick, for what holds a file as base64
    return without_surrogates(value) if escaped and MAY_BE_LONE.search(source) else value


def is_too_deep(source: str | bytes) -> bool:
    """Whether lists and objects are nested more than DEEPEST levels deep."""
    text = structure(source)
    brackets = sum(map(text.count, (b"[", b"{")))
    return brackets > DEEPEST and depth(outside_strings(text)) > DEEPEST


def structure(source: str | bytes) -> bytes:
    """A list or an object in UTF-8; nothing of other JSON, nor of bytes that are none, such as a
    picture's."""
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    elif (encoding := json.detect_encoding(source)) not in ASCII_LIKE:
        try:
            source = source.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return b""
    start = source[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return source if not start or start in OPENING else b""


def outside_strings(text: bytes) -> bytes:
    """What of a JSON text in UTF-8 stands in no string, without the quotation marks."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")  # in this order, as they are read
    return b"".join(text.split(b'"')[::2])


def depth(bare: bytes) -> int:
    """How many lists and objects lie within each other in a text that has no strings."""
    steps = (1 if one in OPENING else -1 for one in bare.translate(None, NO_BRACKETS))
    return max(accumulate(steps), default=0)
