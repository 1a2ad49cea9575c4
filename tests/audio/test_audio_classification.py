"""audio-classification on its starter: which language is spoken."""

from pathlib import Path

import pytest

from pipelines import Playground
from pipelines.languages import WHISPER

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


def test_there_are_99_labels_whose_scores_sum_to_one(playground: Playground) -> None:
    options = {"top_k": 1000}
    answer = playground.run(TASK, {"audio": EXAMPLES / "french.mp3"}, options=options).value
    assert len(answer) == 99
    assert len({one["label"] for one in answer}) == 99
    assert sum(one["score"] for one in answer) == pytest.approx(1, abs=1e-3)
    assert len(WHISPER) == len(set(WHISPER))
