"""object-detection as transformers' own pipeline answers: boxes in the given picture's pixels."""

import pytest
from PIL import Image

from pipelines import Playground

TASK = "object-detection"
PICTURE = Image.linear_gradient("L").resize((120, 80)).convert("RGB")


@pytest.mark.parametrize("model", ["yolos", "detr"])
def test_transformers_own_processor_gives_the_same_boxes(tiny: Playground, model: str) -> None:
    import torch
    from transformers import AutoImageProcessor, AutoModelForObjectDetection

    folder = tiny.store.local(tiny.catalogue[model])
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    loaded = AutoModelForObjectDetection.from_pretrained(folder).eval()
    with torch.inference_mode():
        output = loaded(**processor(images=PICTURE, return_tensors="pt"))
    theirs = processor.post_process_object_detection(
        output, threshold=0.0, target_sizes=[(80, 120)]
    )[0]
    ours = tiny.run(TASK, {"image": PICTURE}, model, {"threshold": 0.0}).value
    scores = sorted(theirs["scores"].tolist(), reverse=True)
    assert [one["score"] for one in ours] == pytest.approx(scores, abs=1e-5)
    found = zip(*(theirs[key].tolist() for key in ("scores", "labels", "boxes")), strict=True)
    by_score = sorted(found, key=lambda one: -one[0])
    assert [one["label"] for one in ours] == [loaded.config.id2label[two] for _, two, _ in by_score]
    for one, (_, _, (left, top, right, bottom)) in zip(ours, by_score, strict=True):
        edges = zip((left, top, right, bottom), (120, 80, 120, 80), strict=True)
        within = [min(max(value, 0), limit) for value, limit in edges]
        assert [one["box"][key] for key in ("xmin", "ymin", "xmax", "ymax")] == pytest.approx(
            within, abs=0.51
        )


@pytest.mark.parametrize("size", [(1, 1), (300, 100), (100, 300)])
def test_boxes_stay_within_the_picture(tiny: Playground, size: tuple[int, int]) -> None:
    objects = tiny.run(TASK, {"image": PICTURE.resize(size)}, "yolos", {"threshold": 0.0}).value
    assert objects
    for one in objects:
        box = one["box"]
        assert 0 <= box["xmin"] <= box["xmax"] <= size[0]
        assert 0 <= box["ymin"] <= box["ymax"] <= size[1]
        assert all(type(value) is int for value in box.values())


def test_a_higher_threshold_leaves_fewer_boxes_and_one_none(tiny: Playground) -> None:
    counts = [
        len(tiny.run(TASK, {"image": PICTURE}, "yolos", {"threshold": threshold}).value)
        for threshold in (0.0, 0.3, 1.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] == 0
