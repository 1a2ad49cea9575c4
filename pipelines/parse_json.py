"""Parsing JSON that others wrote: requests, rows, models' files.

How deep JSON may be nested before `json.loads` raises a RecursionError, or a later walk through the
value does, depends on Python's version and on the stack: 995 levels were taken by 3.11.7, 1,497 by
3.12.1 and 9,998 by 3.13.0. Here the limit is one number, counted in the text before anything is
built of it.
"""

import json
from itertools import accumulate
from typing import Any

DEEPEST = 500  # lists and objects within each other
OPENING, CLOSING = b"[{", b"]}"
NO_BRACKETS = bytes(set(range(256)) - set(OPENING + CLOSING))


class TooDeepError(ValueError):
    """The JSON is nested more than DEEPEST levels deep."""

    def __init__(self) -> None:
        super().__init__("nested too deeply")


def parse_json(source: str | bytes) -> Any:
    """The value that `source` holds, as `json.loads` reads it.

    Raises:
        ValueError: it is no JSON, or a TooDeepError.
    """
    if is_too_deep(source):
        raise TooDeepError
    return json.loads(source)


def is_too_deep(source: str | bytes) -> bool:
    """Whether lists and objects are nested more than DEEPEST levels deep; bytes of a picture or
    a sound, which no parser takes, are not."""
    if _marks(source) <= DEEPEST:
        return False
    if isinstance(source, bytes):
        try:
            source = source.decode(json.detect_encoding(source), "surrogatepass")
        except UnicodeDecodeError:
            return False
    return depth(outside_strings(source.encode("utf-8", "surrogatepass"))) > DEEPEST


def outside_strings(text: bytes) -> bytes:
    """What of a JSON text in UTF-8 stands in no string, without the quotation marks."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")  # in this order, as they are read
    return b"".join(text.split(b'"')[::2])


def depth(bare: bytes) -> int:
    """How many lists and objects lie within each other in a text that has no strings."""
    steps = (1 if one in OPENING else -1 for one in bare.translate(None, NO_BRACKETS))
    return max(accumulate(steps), default=0)


def _marks(source: str | bytes) -> int:
    """How many brackets begin a list or an object, or stand in a string."""
    if isinstance(source, str):
        return source.count("[") + source.count("{")
    return source.count(b"[") + source.count(b"{")
