"""Boxes on the picture as a person sees it: upright, small enough, each box around its thing."""

import json
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from components.results import Boxes
from components.results.boxes import LONGEST

CAR = {"xmin": 1000, "ymin": 1600, "xmax": 1400, "ymax": 2000}
FOUND = [
    {"label": "car", "score": 0.9, "box": CAR},
    {"label": "cat", "score": 0.2, "box": {"xmin": 0, "ymin": 0, "xmax": 800, "ymax": 400}},
]


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Boxes:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    return Boxes()


@pytest.fixture
def sideways(tmp_path: Path) -> str:
    """A red thing in the box CAR of an upright photo of 1500 × 2000, saved as a camera does."""
    upright = Image.new("RGB", (1500, 2000), "white")
    upright.paste("red", (CAR["xmin"], CAR["ymin"], CAR["xmax"], CAR["ymax"]))
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "photo.jpg"
    upright.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)
    return str(path)


def drawn(view: Boxes, path: str, threshold: float) -> Any:
    """What the browser gets: the picture and a mask for each box."""
    with gr.Blocks():
        picture, *_ = view.build()
    inputs = {"image": {"path": path}, "threshold": threshold}
    return picture.postprocess(view.show(FOUND, inputs, True)[0])


def opened(path: str) -> Image.Image:
    with Image.open(path) as file:
        file.load()
        return file


def test_a_photo_taken_sideways_is_shown_upright_and_small(view: Boxes, sideways: str) -> None:
    shown = opened(drawn(view, sideways, 0.5).image.path)
    assert shown.size == (LONGEST * 3 // 4, LONGEST)
    assert 0x0112 not in shown.getexif()


def test_a_box_lies_around_its_thing(view: Boxes, sideways: str) -> None:
    shown = drawn(view, sideways, 0.5)
    red = np.asarray(opened(shown.image.path).convert("RGB"))[..., 1] < 128
    [box] = shown.annotations
    mask = np.asarray(opened(box.image.path))[..., 3] > 0
    assert (red & mask).sum() / (red | mask).sum() > 0.97


def test_a_small_picture_keeps_its_size(view: Boxes, tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.new("RGB", (120, 80), "red").save(path)
    assert opened(drawn(view, str(path), 0.5).image.path).size == (120, 80)


def test_the_json_lists_the_boxes_that_are_shown(view: Boxes, sideways: str) -> None:
    for threshold, labels in (0.5, ["car"]), (0.1, ["car", "cat"]), (1, []):
        inputs = {"image": {"path": sideways}, "threshold": threshold}
        assert [one["label"] for one in view.json(FOUND, inputs)] == labels


def test_the_slider_thins_out_the_boxes_and_the_json(view: Boxes, sideways: str) -> None:
    inputs = {"image": {"path": sideways}, "threshold": 0.5}
    found = view.show(FOUND, inputs, True)[2]
    with gr.Blocks() as page:
        view.build()
        view.wire(gr.Code(language="json"))
    [event] = page.fns.values()
    (_, boxes), text = event.fn(0.1, found)
    assert [label for _, label in boxes] == ["car 0.90", "cat 0.20"]
    assert json.loads(text) == FOUND
    assert event.fn(0.1, []) == (None, "")
