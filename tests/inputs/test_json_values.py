"""Whether JSON holds too many values is told without parsing it, to the value."""

import json
import random
import time
from typing import Any

import pytest

from pipelines.inputs import json_values as module
from pipelines.inputs.json_values import has_too_many_values

TEXTS = ["", "a", ",", "[", '"', "\\", '\\"', '",[{', "é", "\u2028", "\ud800", "]}"]


def made(chance: random.Random, depth: int) -> Any:
    """Some value, its strings full of what is no string's outside."""
    kind = chance.randrange(4 if depth else 2)
    some = range(chance.randrange(5))
    if kind == 0:
        return chance.choice([None, True, 1, -2.5e3])
    if kind == 1:
        return "".join(chance.choices(TEXTS, k=3))
    if kind == 2:
        return [made(chance, depth - 1) for _ in some]
    return {"".join(chance.choices(TEXTS, k=2)): made(chance, depth - 1) for _ in some}


def values_of(value: Any) -> int:
    """What a parser finds: a list or an object counts, and each of its values but the first."""
    if not isinstance(value, list | dict):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(0, len(value) - 1) + sum(map(values_of, inner))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("options", [{}, {"indent": 1}, {"ensure_ascii": False}])
def test_the_limit_is_what_a_parser_finds(
    monkeypatch: pytest.MonkeyPatch, encoding: str, options: Any
) -> None:
    chance = random.Random(encoding)
    for _ in range(300):
        value = [made(chance, 5)]
        text = json.dumps(value, **options).encode(encoding, "surrogatepass")
        assert json.loads(text) == value
        for fewer, too_many in ((0, False), (1, True)):
            monkeypatch.setattr(module, "MOST_VALUES", values_of(value) - fewer)
            assert has_too_many_values(text) is too_many


def test_before_an_error_nothing_is_missed() -> None:
    lists = b"[" + b"[]," * 300_000
    for text in (lists, lists + b'"', lists + b"\xff", b" " * 5_000 + lists):
        assert has_too_many_values(text)
    assert has_too_many_values(b'["' + b'",["' * 300_000)
    assert has_too_many_values(b"[" + b'"",' * 2_000_000)


@pytest.mark.parametrize("start", [b"\x89PNG", b"RIFF", b"\x00\x00\x00\x18ftyp"])
def test_a_picture_or_a_sound_has_no_values(start: bytes) -> None:
    assert not has_too_many_values(start + b"[," * 300_000)


def test_it_is_told_long_before_it_would_be_parsed() -> None:
    text = b"[" + b"[]," * 1_000_000 + b"[]]"

    def seconds(work: Any) -> float:
        began = time.perf_counter()
        work(text)
        return time.perf_counter() - began

    assert min(seconds(has_too_many_values) for _ in range(3)) < seconds(json.loads) / 5
