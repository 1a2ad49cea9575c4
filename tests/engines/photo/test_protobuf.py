"""The fields of a protobuf message are walked through without its package."""

import pytest

from pipelines.engines.photo.protobuf import fields, first

NAME, NUMBER, HALF, DOUBLE = (
    b"\x0a\x03abc",
    b"\x10\xac\x02",
    b"\x1d" + b"1234",
    b"\x21" + b"12345678",
)


def test_fields_come_in_order_and_those_with_a_length_have_a_value() -> None:
    message = NUMBER + NAME + DOUBLE + HALF + b"\x0a\x00"
    found = [(one.number, bytes(one.raw), bytes(one.value)) for one in fields(memoryview(message))]
    assert found == [(2, NUMBER, b""), (1, NAME, b"abc"), (4, DOUBLE, b""), (3, HALF, b""),
                     (1, b"\x0a\x00", b"")]  # fmt: skip
    assert first(memoryview(message), 1) == b"abc"
    assert first(memoryview(message), 9) == b""


@pytest.mark.parametrize(
    "message", [b"\x0a\x04abc", b"\x1d123", b"\x21", b"\x0b", b"\x10\xac", b"\xff"]
)
def test_what_is_cut_off_or_no_message_is_refused(message: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        [*fields(memoryview(message))]
