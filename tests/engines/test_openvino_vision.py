"""Pictures as a graph's input, and the detections in logits of shape (queries, labels)."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.engines.openvino.pictures import pixel_values
from pipelines.engines.openvino.vision import best

LOGITS = np.array([[2.0, -1.0, 0.0], [-3.0, 1.0, 3.0]])


@pytest.mark.parametrize(("top_k", "count"), [(3, 3), (100, 6), (0, len(LOGITS))])
def test_with_sigmoid_each_label_of_each_query_counts_and_the_best_are_kept(
    top_k: int, count: int
) -> None:
    scores, labels, queries = best(LOGITS, {"scores": "sigmoid", "top_k": top_k})
    ranked = [(1, 2), (0, 0), (1, 1), (0, 2), (0, 1), (1, 0)]
    assert list(zip(queries, labels, strict=True)) == ranked[:count]
    assert scores.tolist() == pytest.approx(
        [1 / (1 + np.exp(-LOGITS[place])) for place in ranked[:count]]
    )


def test_with_softmax_a_query_has_its_best_label_but_the_last_which_is_none() -> None:
    scores, labels, queries = best(LOGITS, {"scores": "softmax"})
    shares = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
    assert labels.tolist() == [0, 1]
    assert queries.tolist() == [0, 1]
    assert scores.tolist() == pytest.approx([shares[0, 0], shares[1, 1]])


SIZES: dict[str, dict[str, Any]] = {
    "Detr": {"shortest_edge": 800, "longest_edge": 1333},
    "Yolos": {"shortest_edge": 512, "longest_edge": 1333},
    "ConvNext": {"shortest_edge": 224},
    "EfficientNet": {"shortest_edge": 256},
    "ViT": {"height": 224, "width": 224},
}


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("size", [(1, 20_000), (50_000, 1), (20_000, 300), (1, 1), (3, 90)])
def test_a_strip_of_a_picture_is_resized_within_little_memory(
    kind: str, size: tuple[int, int]
) -> None:
    settings = {"kind": kind, "size": SIZES[kind], "resample": 2, "crop_pct": 0.875}
    settings |= dict.fromkeys(("do_resize", "do_rescale"), True) | {"rescale_factor": 1 / 255}
    settings |= {"do_normalize": False, "do_center_crop": kind == "EfficientNet"}
    settings["crop_size"] = {"height": 224, "width": 224}
    values = pixel_values(Image.new("RGB", size, "white"), settings)
    assert min(values.shape[2:]) > 0
    assert max(values.shape[2:]) <= 16_384
