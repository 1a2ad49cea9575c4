"""A converted model's name, and how a text that one wrote is cleaned."""

from dataclasses import replace

import pytest

from pipelines.engines.conversion import Converter
from pipelines.engines.ctranslate2.tokens import cleaned

MADE = Converter("openvino", "no.program", "openvino", 1, ())
KEY = MADE.key("variant", {"model.safetensors": "a"})


@pytest.mark.parametrize(
    "other",
    [
        replace(MADE, version=2).key("variant", {"model.safetensors": "a"}),
        replace(MADE, library="numpy").key("variant", {"model.safetensors": "a"}),
        MADE.key("another", {"model.safetensors": "a"}),
        MADE.key("variant", {"model.safetensors": "b"}),
    ],
    ids=["version", "library", "variant", "sources"],
)
def test_what_is_converted_otherwise_has_another_name(other: str) -> None:
    assert MADE.key("variant", {"model.safetensors": "a"}) == KEY
    assert other != KEY


def test_no_space_is_left_before_punctuation() -> None:
    assert cleaned("Hello , world ! It 's late .") == "Hello, world! It's late."
