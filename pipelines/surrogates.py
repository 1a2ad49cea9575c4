"""Lone surrogates: halves of a character beyond U+FFFF. JSON can write them ("\\ud83d"), a browser
cuts a text there, and in file names Python has them for bytes that it cannot decode. UTF-8 cannot
encode them, so no file and no response can hold them, and most libraries refuse them.

They are replaced where what others wrote comes in: the page's events at the gate, JSON in
`parse_json`, request bodies of /v1, names of files.
"""

import re
from typing import Any

SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"  # as decoders write it; one character, so offsets stay


def without_surrogates(value: Any) -> Any:
    """The value, a text or JSON, with U+FFFD for each lone surrogate."""
    match value:
        case str():
            return value if value.isascii() else SURROGATE.sub(REPLACEMENT, value)
        case list() | tuple():
            return [*map(without_surrogates, value)]  # one frame a level, of as deep as JSON may be
        case dict():
            keys, values = map(without_surrogates, value), map(without_surrogates, value.values())
            return dict(zip(keys, values, strict=True))
    return value
