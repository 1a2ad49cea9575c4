"""The bundled scene captioner, on fixed scenes it never saw."""

from pathlib import Path

import pytest

from pipelines.scene_models.captioner import Captioner
from pipelines.scenes import make_scene
from starters.scene_captioner_figures import caption_figures
from starters.scene_targets import HELD_OUT_SEEDS

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "starters" / "scene-captioner"


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    return Captioner.load(FOLDER)


def test_it_names_what_can_be_seen_and_makes_up_little(captioner: Captioner) -> None:
    figures = caption_figures(captioner, HELD_OUT_SEEDS[:60])
    assert figures["visible things named"] >= 0.90
    assert figures["things made up, per thing"] <= 0.05


def test_the_caption_comes_in_pieces_that_make_a_sentence(captioner: Captioner) -> None:
    scene = make_scene(HELD_OUT_SEEDS[0])
    pieces = list(captioner.caption(captioner.backbone.look(scene.image)))
    assert len(pieces) > 4
    sentence = "".join(pieces)
    assert sentence[0].isupper()
    assert sentence.endswith(" background.")


def test_no_file_is_over_9_mb() -> None:
    assert all(file.stat().st_size < 9_000_000 for file in FOLDER.rglob("*") if file.is_file())
