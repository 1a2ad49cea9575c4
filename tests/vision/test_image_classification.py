"""image-classification on its starter: the lion is a lion."""

from pathlib import Path

import gradio
import numpy as np
import pytest
from PIL import Image

from pipelines import Playground

TASK = "image-classification"
PICTURES = Path(gradio.__file__).parent / "media_assets" / "images"
EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The model is on this machine."""


@pytest.mark.parametrize(
    ("picture", "label"),
    [
        (PICTURES / "lion.jpg", "lion"),
        (PICTURES / "cheetah1.jpg", "cheetah"),
        (EXAMPLES / "cat.jpg", "cat"),
        (EXAMPLES / "coffee.jpg", "espresso"),
    ],
    ids=lambda value: getattr(value, "stem", value),
)
def test_the_picture_shows_what_it_shows(playground: Playground, picture: Path, label: str) -> None:
    assert label in playground.run(TASK, {"image": picture}).value[0]["label"]


@pytest.mark.parametrize("top_k", [1, 5, 1000])
def test_as_many_labels_come_as_asked_for(playground: Playground, top_k: int) -> None:
    answer = playground.run(TASK, {"image": PICTURES / "lion.jpg"}, options={"top_k": top_k})
    scores = [one["score"] for one in answer.value]
    assert len(scores) == top_k
    assert scores == sorted(scores, reverse=True)
    if top_k == 1000:
        assert 0.85 < sum(scores) <= 1.05  # each is rounded to one of 256 steps, most to none


def test_transformers_own_pipeline_gives_the_same_scores(playground: Playground) -> None:
    from transformers import AutoImageProcessor, pipeline

    folder = str(playground.store.get(playground.catalogue["efficientnet-lite0"]))
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    theirs = pipeline(TASK, model=folder, image_processor=processor, device="cpu")
    lion = Image.open(PICTURES / "lion.jpg").convert("RGB")
    ours = playground.run(TASK, {"image": lion}, "efficientnet-lite0").value
    for one, other in zip(ours, theirs(lion, top_k=5), strict=True):
        assert one["label"] == other["label"]
        assert one["score"] == pytest.approx(
            other["score"], abs=0.01
        )  # ours has weights of 16 bits


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "RGBA", "1"])
@pytest.mark.parametrize("size", [(1, 1), (3, 900), (224, 224)])
def test_every_kind_of_picture_gets_labels(
    playground: Playground, mode: str, size: tuple[int, int]
) -> None:
    answer = playground.run(TASK, {"image": Image.new(mode, size)}).value
    assert np.isfinite([one["score"] for one in answer]).all()
