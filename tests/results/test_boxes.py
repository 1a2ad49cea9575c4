"""Boxes on the picture as a person sees it: upright, small enough, each box around its thing."""

import json
import re
from pathlib import Path

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


def drawn(view: Boxes, path: str, threshold: float) -> str:
    """What the browser gets."""
    inputs = {"image": {"path": path}, "threshold": threshold}
    return str(view.show(FOUND, inputs, True)[0])


def picture_of(figure: str) -> Image.Image:
    [path] = re.findall(r'src="/gradio_api/file=([^"]+)"', figure)
    return opened(path)


def boxes_of(figure: str) -> list[tuple[float, ...]]:
    """Left, top, width and height of each box, as shares of the picture."""
    sides = r"left:([\d.]+)%;top:([\d.]+)%;width:([\d.]+)%;height:([\d.]+)%"
    return [tuple(float(side) / 100 for side in box) for box in re.findall(sides, figure)]


def opened(path: str) -> Image.Image:
    with Image.open(path) as file:
        file.load()
        return file


def test_a_photo_taken_sideways_is_shown_upright_and_small(view: Boxes, sideways: str) -> None:
    shown = picture_of(drawn(view, sideways, 0.5))
    assert shown.size == (LONGEST * 3 // 4, LONGEST)
    assert 0x0112 not in shown.getexif()


def test_a_box_lies_around_its_thing(view: Boxes, sideways: str) -> None:
    figure = drawn(view, sideways, 0.5)
    red = np.asarray(picture_of(figure).convert("RGB"))[..., 1] < 128
    [(left, top, width, height)] = boxes_of(figure)
    rows, columns = red.shape
    box = np.zeros_like(red)
    box[
        round(top * rows) : round((top + height) * rows),
        round(left * columns) : round((left + width) * columns),
    ] = True
    assert (red & box).sum() / (red | box).sum() > 0.97


def test_things_are_listed_and_counted_in_the_colour_of_their_boxes(
    view: Boxes, sideways: str
) -> None:
    figure = drawn(view, sideways, 0.1)
    assert re.findall(r'data-only="(\w+)".*?<b>(\d)</b>', figure) == [("car", "1"), ("cat", "1")]
    listed = r'<li><button[^>]* data-thing="(\d)" data-label="(\w+)"[^>]*>.*?<b>([\d.]+)</b>'
    assert re.findall(listed, figure) == [("0", "car", "0.90"), ("1", "cat", "0.20")]
    colours = re.findall(r'data-label="(\w+)"\s[^>]*--colour:(#\w+)', figure)
    assert len(set(colours)) == 2
    assert sorted(colours) == sorted([*set(colours)] * 2)  # the box and its line


def test_a_small_box_lies_over_a_large_one(view: Boxes, sideways: str) -> None:
    car, cat = map(int, re.findall(r"z-index:(\d+)", drawn(view, sideways, 0.1)))
    assert car > cat


def test_where_nothing_is_shown_the_list_says_so(view: Boxes, sideways: str) -> None:
    figure = drawn(view, sideways, 1)
    assert "Nothing was found with such a score" in figure
    assert boxes_of(figure) == []


def test_a_small_picture_keeps_its_size(view: Boxes, tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.new("RGB", (120, 80), "red").save(path)
    assert picture_of(drawn(view, str(path), 0.5)).size == (120, 80)


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
    figure, text = event.fn(0.1, found)
    assert figure == drawn(view, sideways, 0.1)
    assert json.loads(text) == FOUND
    assert event.fn(0.1, []) == ("", "")
