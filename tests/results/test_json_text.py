"""The JSON beside a result is JSON, however long the result is."""

import json
from typing import Any

import numpy as np
import pytest

from components.results import Sound
from components.results.json_text import LONGEST, json_text
from pipelines.outputs import Speech


def test_the_json_of_ten_seconds_of_speech_says_what_it_leaves_out() -> None:
    speech = Speech(np.zeros(220_500, np.int16), 22_050)
    shown = json.loads(json_text(Sound().json(speech, {})))
    assert shown["sampling_rate"] == 22_050
    assert shown["audio"] == "left out here: a WAV file of 220500 samples, 10.0 s"


def test_short_json_is_the_whole_result() -> None:
    result = [{"label": "café", "score": 0.5}] * 1001
    assert json.loads(json_text(result)) == result


def test_a_long_list_ends_with_how_much_is_left_out() -> None:
    shown = json.loads(json_text([0.123456789] * 100_000))
    assert shown[:1000] == [0.123456789] * 1000
    assert shown[1000].startswith("… 99000 more")
    assert len(shown) == 1001


VECTOR = [0.12345678901234567] * 100


@pytest.mark.parametrize(
    "result",
    [[VECTOR] * 512, [[VECTOR] * 60] * 60, {"chunks": [{"text": "a" * 100}] * 5000}],
    ids=["vectors", "vectors of several texts", "transcript"],
)
def test_a_long_result_is_shortened_to_valid_json(result: Any) -> None:
    text = json_text(result)
    assert len(text) <= LONGEST
    assert "left out here" in text
    assert type(json.loads(text)) is type(result)
