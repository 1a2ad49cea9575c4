"""JSON is parsed to the same depth on every Python."""

import json
import random
import time
from typing import Any

import pytest

from pipelines.parse_json import DEEPEST, TooDeepError, is_too_deep, parse_json


def nested(depth: int, begin: str = "[", end: str = "]", inner: str = "1") -> str:
    return begin * depth + inner + end * depth


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}"), ('[{"a" : ', "}]")])
@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
def test_the_limit_is_a_number_of_levels(begin: str, end: str, encoding: str | None) -> None:
    each = begin.count("[") + begin.count("{")
    for depth, fits in ((DEEPEST // each, True), (DEEPEST // each + 1, False)):
        text = nested(depth, begin, end)
        source: Any = text if encoding is None else text.encode(encoding)
        assert is_too_deep(source) is not fits
        if fits:
            assert parse_json(source) == json.loads(text)
        else:
            with pytest.raises(TooDeepError):
                parse_json(source)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps("[" * 9_000),
        json.dumps(['\\"[{' * 900, "\\", '"[', "\n[" * 900]),
        json.dumps({"[" * 600: "{" * 600}),
        json.dumps([[]] * 5_000),
        "[" + "[1]," * 5_000 + '{"a": [2]}]',
    ],
    ids=["a string", "escapes", "a key", "side by side", "lists beside each other"],
)
def test_brackets_in_texts_and_side_by_side_are_no_levels(text: str) -> None:
    assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, '["' * 100_000 + "[" * 600, '"' + '\\"[' * 300_000],
    ids=["lists", "objects", "quotes", "a string without an end"],
)
def test_what_has_no_end_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises((TooDeepError, json.JSONDecodeError)):
        parse_json(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-16"])
def test_half_a_character_is_replaced_wherever_it_stands(encoding: str | None) -> None:
    half, whole = r"\ud83d", r"\ud83d\ude00 \\ud83d"
    text = nested(DEEPEST, inner=f'"{half}é"')
    text = f'{{"{half}": ["a{half}", "{whole}"]}}' if encoding else text
    source: Any = text if encoding is None else text.encode(encoding)
    found = parse_json(source)
    if encoding:
        assert found == {"\ufffd": ["a\ufffd", "😀 \\ud83d"]}
    else:
        assert found == json.loads(text.replace(half, "\ufffd"))
    assert parse_json('"é \ud83d"') == "é \ufffd"


@pytest.mark.parametrize("seed", range(5))
def test_levels_are_those_of_the_value(seed: int) -> None:
    chance = random.Random(seed)
    value: Any = '"[{\\'
    for level in range(1, DEEPEST + 6):
        value = chance.choice(
            ([value, '"]"'], {"[": value, "}\\": "{"}, ["]", value], {'"': value, '\\"[': 1})
        )
        assert is_too_deep(json.dumps(value)) is (level > DEEPEST)


@pytest.mark.parametrize("start", [b"\x89PNG\r\n", b"RIFF", b"\x00\x00\x00\x18ftyp", b"\xff\xd8"])
def test_a_picture_or_a_sound_is_not_too_deep(start: bytes) -> None:
    assert not is_too_deep(start + b"[" * 5_000)
