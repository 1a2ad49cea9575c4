"""How much a JSON text holds is told without parsing it, and never too little."""

import json
import random
import time
from typing import Any

import pytest

from pipelines.inputs import json_size as module
from pipelines.inputs.json_size import JsonSize, json_size

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


def size_of(value: Any) -> JsonSize:
    """What a parser finds: a list or an object counts, and each of its values but the first."""
    if not isinstance(value, list | dict):
        return JsonSize(0, 0)
    sizes = [size_of(one) for one in (value.values() if isinstance(value, dict) else value)]
    own = 1 + max(0, len(value) - 1)
    depth = 1 + max((one.depth for one in sizes), default=0)
    return JsonSize(own + sum(one.values for one in sizes), depth)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("options", [{}, {"indent": 1}, {"ensure_ascii": False}])
def test_the_size_is_what_a_parser_finds(
    monkeypatch: pytest.MonkeyPatch, encoding: str, options: Any
) -> None:
    monkeypatch.setattr(module, "DEEPEST", 0)  # so that all is counted exactly
    chance = random.Random(encoding)
    for _ in range(300):
        value = [made(chance, 5)]
        text = json.dumps(value, **options).encode(encoding, "surrogatepass")
        assert json.loads(text) == value
        assert json_size(text) == size_of(value)


@pytest.mark.parametrize("options", [{}, {"indent": 1}])
def test_the_fast_count_is_never_too_small(options: Any) -> None:
    chance = random.Random(0)
    for _ in range(300):
        value = [made(chance, 5)]
        fast, exact = json_size(json.dumps(value, **options).encode()), size_of(value)
        assert fast.values >= exact.values
        assert fast.depth >= exact.depth


def test_before_an_error_nothing_is_missed() -> None:
    lists = b"[" + b"[]," * 300_000
    for text in (lists, lists + b'"', lists + b"\xff", b" " * 5_000 + lists):
        assert json_size(text).has_too_many
    assert json_size(b'["' + b'",["' * 300_000).has_too_many
    assert json_size(b"[" + b'"",' * 2_000_000).has_too_many


def test_bytes_that_no_parser_reads_have_no_size() -> None:
    assert json_size(b"\x89PNG" + b"[," * 300_000) == JsonSize(0, 0)
    assert json_size(b"RIFF" + b"[," * 300_000) == JsonSize(0, 0)
    assert json_size(b"\x00\x00\x00\x18ftyp" + b"[," * 300_000) == JsonSize(0, 0)
    assert json_size(b"") == JsonSize(0, 0)


def test_it_is_told_long_before_it_would_be_parsed() -> None:
    text = b"[" + b"[]," * 1_000_000 + b"[]]"

    def seconds(work: Any) -> float:
        began = time.perf_counter()
        work(text)
        return time.perf_counter() - began

    assert min(seconds(json_size) for _ in range(3)) < seconds(json.loads) / 5
