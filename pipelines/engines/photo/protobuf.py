"""The fields of a protobuf message in its wire format, enough of it to walk through a graph's file.

TensorFlow's and ONNX's own packages would read these files too, at 500 MB and 20 MB to install.
"""

from collections.abc import Iterator
from dataclasses import dataclass

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True)
class Field:
    """One field: its number, its bytes with the key before them, its value if it has a length."""

    number: int
    raw: memoryview
    value: memoryview


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message, in order.

    Raises:
        ValueError, IndexError: these bytes are no message.
    """
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        kind, length = key & 7, 0
        if kind == VARINT:
            _, at = _varint(message, at)
        elif kind == BYTES:
            length, at = _varint(message, at)
        elif kind in (FIXED64, FIXED32):
            at += 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + length > len(message):
            raise ValueError("cut off")
        yield Field(key >> 3, message[start : at + length], message[at : at + length])
        at += length


def first(message: memoryview, number: int) -> bytes:
    """The value of the first field of that number; empty if there is none."""
    return next((bytes(one.value) for one in fields(message) if one.number == number), b"")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
        if byte < 128:
            return value, at
