"""audio-classification on its starter: which language is spoken."""

from pathlib import Path

import numpy as np
import pytest

from pipelines import Playground
from pipelines.inputs import Audio
from pipelines.languages import WHISPER
from pipelines.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"
TASK = "audio-classification"


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The model is on this machine."""


@pytest.mark.parametrize(
    ("name", "language"),
    [("weather", "English"), ("library", "English"), ("french", "French"), ("german", "German")],
)
def test_the_language_is_heard(playground: Playground, name: str, language: str) -> None:
    answer = playground.run(TASK, {"audio": EXAMPLES / f"{name}.mp3"}).value
    assert answer[0]["label"] == language


def test_the_language_is_heard_behind_long_silence(playground: Playground) -> None:
    speech = Audio().read(EXAMPLES / "french.mp3", Settings()).samples
    sound = np.concatenate([np.zeros(35 * 16_000, np.float32), speech])
    answer = playground.run(TASK, {"audio": (16_000, sound)})
    assert answer.value[0]["label"] == "French"
    assert not answer.notes


def test_where_nobody_speaks_a_note_says_so(playground: Playground) -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, 12 * 16_000).astype(np.float32)
    answer = playground.run(TASK, {"audio": (16_000, noise)})
    assert any("No speech was heard" in note for note in answer.notes)
    assert len(answer.value) == 5


def test_there_are_99_labels_whose_scores_sum_to_one(playground: Playground) -> None:
    options = {"top_k": 1000}
    answer = playground.run(TASK, {"audio": EXAMPLES / "french.mp3"}, options=options).value
    assert len(answer) == 99
    assert len({one["label"] for one in answer}) == 99
    assert sum(one["score"] for one in answer) == pytest.approx(1, abs=1e-3)
    assert len(WHISPER) == len(set(WHISPER))


def test_a_sound_longer_than_the_models_window_is_heard_where_it_is_loudest(
    tiny: Playground,
) -> None:
    sound = np.zeros(8 * 16_000, np.float32)
    sound[6 * 16_000 : 6 * 16_000 + 8_000] = np.sin(np.arange(8_000) * 0.05)
    long = tiny.run(TASK, {"audio": (16_000, sound)}, "whisper-encoder")
    assert long.notes == ("This model hears 2 s at once: the loudest, from 5.2 s on, count.",)
    part = sound[int(5.25 * 16_000) : int(7.25 * 16_000)]
    short = tiny.run(TASK, {"audio": (16_000, part)}, "whisper-encoder")
    assert not short.notes
    assert long.value[0]["score"] == pytest.approx(short.value[0]["score"], abs=1e-3)
