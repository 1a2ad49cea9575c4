"""The bundled scene detector, on fixed scenes it never saw."""

from pathlib import Path

import pytest

from pipelines.outputs import DetectedObject
from pipelines.scene_models.detector import Detector
from pipelines.scenes import make_scene
from starters.scene_detector_figures import mean_average_precision
from starters.scene_targets import HELD_OUT_SEEDS

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "starters" / "scene-detector"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(FOLDER)


def test_it_finds_what_it_promises(detector: Detector) -> None:
    figures = mean_average_precision(detector, HELD_OUT_SEEDS[:80])
    assert figures["mAP@0.5"] >= 0.90
    assert figures["mAP@0.5:0.95"] >= 0.65


def where(found: DetectedObject) -> tuple[str, int]:
    return found["label"], found["box"]["xmin"]


def test_boxes_are_pixels_of_the_picture_given(detector: Detector) -> None:
    scene = make_scene(HELD_OUT_SEEDS[3])
    # Nearly equal scores may change places when the picture is resampled; the boxes may not.
    small = sorted(detector(scene.image), key=where)
    large = sorted(detector(scene.image.resize((768, 768))), key=where)
    assert [found["label"] for found in small] == [found["label"] for found in large]
    for one, three in zip(small, large, strict=True):
        for corner in ("xmin", "ymin", "xmax", "ymax"):
            assert abs(3 * one["box"][corner] - three["box"][corner]) <= 15


def test_a_wide_picture_keeps_its_shape(detector: Detector) -> None:
    scene = make_scene(HELD_OUT_SEEDS[4])
    wide = scene.image.resize((640, 400))
    for found in detector(wide):
        assert 0 <= found["box"]["xmin"] < found["box"]["xmax"] <= 640
        assert 0 <= found["box"]["ymin"] < found["box"]["ymax"] <= 400


def test_the_threshold_leaves_out_what_scores_less(detector: Detector) -> None:
    scene = make_scene(HELD_OUT_SEEDS[5])
    scores = [found["score"] for found in detector(scene.image, threshold=0.05)]
    assert scores == sorted(scores, reverse=True)
    assert all(found["score"] >= 0.7 for found in detector(scene.image, threshold=0.7))


def test_scenes_are_familiar(detector: Detector) -> None:
    images = (make_scene(seed).image for seed in HELD_OUT_SEEDS[100:130])
    assert sum(detector.backbone.look(image).familiar for image in images) >= 29


def test_no_file_is_over_9_mb() -> None:
    assert all(file.stat().st_size < 9_000_000 for file in FOLDER.rglob("*") if file.is_file())
