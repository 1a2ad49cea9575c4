"""The bundled scene question answerer, on fixed scenes it never saw."""

from pathlib import Path

import pytest

from pipelines.scene_models.answerer import REFUSAL, Answerer
from pipelines.scenes import make_scene
from starters.scene_answerer_figures import answer_figures
from starters.scene_other_questions import HELD_OUT_OTHERS, KNOWN_OTHERS
from starters.scene_targets import HELD_OUT_SEEDS

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "starters" / "scene-answerer"


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer.load(FOLDER)


def test_it_answers_what_it_promises(answerer: Answerer) -> None:
    figures = answer_figures(answerer, HELD_OUT_SEEDS[:40])
    right, asked = figures["all known kinds"]
    assert right / asked >= 0.90
    right, asked = figures["other"]
    assert right / asked >= 0.80


def test_it_says_so_when_it_does_not_know_the_kind_of_question(answerer: Answerer) -> None:
    sighting = answerer.backbone.look(make_scene(HELD_OUT_SEEDS[0]).image)
    assert "".join(answerer.answer(sighting, "What is the capital of France?")) == REFUSAL
    assert "".join(answerer.answer(sighting, "")) == REFUSAL


def test_the_questions_of_the_figures_were_not_trained_on() -> None:
    assert not set(HELD_OUT_OTHERS) & set(KNOWN_OTHERS)


def test_no_file_is_over_9_mb() -> None:
    assert all(file.stat().st_size < 9_000_000 for file in FOLDER.rglob("*") if file.is_file())
