"""The text reader: rectangles in maps, and signs drawn here, turned and of all sizes."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipelines.engines.photo.describer import Describer
from pipelines.engines.photo.text_boxes import (
    TextBox,
    components,
    cut_out,
    least_rectangle,
    text_boxes,
)
from pipelines.engines.photo.text_reader import Line, in_order
from starters.edits import edits
from starters.signs import SIGNS, sign


def test_signs_are_read_with_few_edits(describer: Describer) -> None:
    reads = ["\n".join(describer.reader.read(sign(n, text))) for n, text in enumerate(SIGNS)]
    errors = sum(edits(read, text) for read, text in zip(reads, SIGNS, strict=True))
    assert errors < 0.05 * sum(map(len, SIGNS)), list(zip(SIGNS, reads, strict=True))


def test_a_column_of_letters_is_turned(describer: Describer) -> None:
    assert describer.reader.read(sign(2, "PLATFORM", angle=-90)) == ["PLATFORM"]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read(describer: Describer, turn: int) -> None:
    lines = ["The library opens", "at nine on Monday", "Telephone 7946"]
    page = Image.new("RGB", (600, 300), "white")
    for number, line in enumerate(lines):
        at, font = (60, 40 + 80 * number), ImageFont.load_default(36)
        ImageDraw.Draw(page).text(at, line, "black", font)
    assert describer.reader.read(page.rotate(turn, expand=True)) == lines


@pytest.mark.parametrize("colour", ["white", "black", "grey"])
def test_a_blank_picture_has_no_text(describer: Describer, colour: str) -> None:
    assert describer.reader.read(Image.new("RGB", (640, 480), colour)) == []


def test_a_sign_in_a_huge_picture_is_read(describer: Describer) -> None:
    small = sign(3, "Museum closed", angle=3)
    assert describer.reader.read(small.resize((4000, 4000 * small.height // small.width))) == [
        "Museum closed"
    ]


@pytest.mark.parametrize("angle", [0, 7, -12, 30])
def test_a_turned_rectangle_is_found(angle: float) -> None:
    board = Image.new("L", (400, 300))
    ImageDraw.Draw(board).rectangle((120, 130, 280, 170), fill=255)
    map_ = (np.asarray(board.rotate(-angle)) / 255).astype(np.float32)
    (box,) = text_boxes(map_)
    assert math.degrees(box.angle) == pytest.approx(angle, abs=1)
    assert (box.x, box.y) == pytest.approx((200, 150), abs=1)
    area, around = 160 * 40, 2 * (160 + 40)
    assert box.width - 160 == pytest.approx(2 * 1.6 * area / around, abs=3)
    assert box.height - 40 == pytest.approx(2 * 1.6 * area / around, abs=3)


def test_pixels_that_touch_at_a_corner_are_one_component() -> None:
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)
    ends = sorted(sorted({(int(x), int(y)) for x, y in one}) for one in components(mask))
    assert ends == [[(0, 0), (1, 1)], [(0, 3), (3, 3)], [(3, 0), (3, 1)]]


def test_a_u_is_one_component() -> None:
    mask = np.array([[1, 0, 1], [1, 0, 1], [1, 1, 1]], bool)
    assert len(list(components(mask))) == 1


def test_what_is_hardly_likely_is_no_text() -> None:
    map_ = np.zeros((100, 200), np.float32)
    map_[40:60, 40:160] = 0.4
    assert text_boxes(map_) == []


def test_a_single_pixel_has_a_rectangle_of_no_area() -> None:
    box = least_rectangle(np.array([[3.0, 4.0]]))
    assert (box.x, box.y, box.width, box.height) == (3, 4, 0, 0)


def test_what_is_cut_out_stands_upright() -> None:
    board = Image.new("RGB", (400, 300))
    ImageDraw.Draw(board).rectangle((120, 130, 199, 170), fill="red")
    ImageDraw.Draw(board).rectangle((200, 130, 280, 170), fill="blue")
    box = TextBox(200, 150, 150, 30, math.radians(20))
    part = cut_out(board.rotate(-20), box)
    assert part.size == (150, 30)
    assert part.getpixel((20, 15)) == (255, 0, 0)
    assert part.getpixel((130, 15)) == (0, 0, 255)


def test_pieces_beside_each_other_are_one_line_also_when_all_is_turned() -> None:
    def line(text: str, along: float, down: float, turn: float) -> Line:
        cos, sin = math.cos(turn), math.sin(turn)
        box = TextBox(along * cos - down * sin, along * sin + down * cos, 80, 20, turn)
        return Line(text, 0.9, box)

    for turn in (0.0, 0.17, -0.17):
        pieces = [line("c", 0, 40, turn), line("b", 300, 2, turn), line("a", 0, 0, turn)]
        assert in_order(pieces) == ["a b", "c"]
    assert in_order([]) == []
