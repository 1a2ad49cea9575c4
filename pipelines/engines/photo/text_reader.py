"""The text reader: picture → the lines of text in it, by PP-OCRv4's detector and recogniser.

The library `rapidocr` does the same with OpenVINO, too. It was weighed: it wants OpenCV, shapely,
pyclipper, omegaconf and requests, 130 MB; it compiles the models itself, with threads and a
lock of its own, and cannot be stopped within a picture. What it adds to the two files is
`text_boxes`.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.capabilities import Caption, TextStream
from pipelines.engines.openvino.runtime import compile_model, read_model
from pipelines.engines.photo.exposure import lit
from pipelines.engines.photo.text_boxes import TextBox, cut_out, text_boxes
from pipelines.inputs import Picture
from pipelines.run import stop_if_cancelled
from pipelines.settings import Settings

DETECTOR, RECOGNISER = "ch_PP-OCRv4_det_infer.onnx", "ch_PP-OCRv4_rec_infer.onnx"
LONGEST, STEP = 960, 32  # the picture's longer side at most, and of what its sides are multiples
HEIGHT, WIDEST = 48, 3200  # a line's, in pixels
SPACE = 0.02  # the least probability of a space where no letter is
LEAST = 0.5  # the mean probability of a line's letters
# Of six lines and their like turned by 10 degrees those read upright had 0.94 and more, upside down
# at most 0.79; only "69 NOON" had more.
UPRIGHT = 0.9
COLUMN = 1.5  # times as high as wide
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NOTHING = "There is no text that I can read."


@dataclass(frozen=True)
class Line:
    """A piece of text, how sure it is, and where."""

    text: str
    score: float
    box: TextBox


class TextReader(Caption):
    """Reads what is written in a photograph: Latin letters, digits and Chinese."""

    system = ""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._detector = compile_model(folder / DETECTOR, settings)
        recogniser = read_model(folder / RECOGNISER)
        letters = recogniser.get_rt_info(["framework", "character"]).astype(str)
        self._letters = ["", *letters.splitlines(), " "]  # the first is CTC's blank
        self._recogniser = compile_model(recogniser, settings)
        self.parallel = self._detector.parallel

    def caption(self, image: Picture, *, max_new_tokens: int) -> TextStream:
        """Yield the lines in their order."""
        yield "\n".join(self.read(image)) or NOTHING

    def read(self, image: Picture) -> list[str]:
        """The lines of text, from the top; pieces beside each other are one line."""
        return in_order(self.pieces(image))

    def pieces(self, image: Picture) -> list[Line]:
        """Every piece of text that is sure enough, in no order."""
        boxes = self._boxes(image)
        columns = [box.turned(1) for box in boxes if box.height >= COLUMN * box.width]
        rows = [box for box in boxes if box.height < COLUMN * box.width]
        lines = [line for group in (rows, columns) for line in self._read(image, group)]
        return [line for line in lines if line.text and line.score >= LEAST]

    def _read(self, image: Picture, boxes: list[TextBox]) -> list[Line]:
        """Boxes of one direction, all of them upside down if most of what is read is so."""
        lines = [self._line(image, box) for box in boxes]
        sure = _sure(lines)
        if 2 * len(sure) >= len(lines):
            return lines
        turned = [self._line(image, box.turned(2)) for box in boxes]
        return turned if _letters(_sure(turned)) > _letters(sure) else lines

    def _line(self, image: Picture, box: TextBox) -> Line:
        stop_if_cancelled()
        return Line(*self._recognised(cut_out(image, box)), box)

    def _boxes(self, image: Picture) -> list[TextBox]:
        from PIL import Image

        share = min(LONGEST / max(image.size), 1.0)
        size = [max(round(side * share / STEP), 1) * STEP for side in image.size]
        small = image.resize((size[0], size[1]), Image.Resampling.BILINEAR, reducing_gap=2.0)
        normal = (_blue_first(lit(small)) / 255 - np.array(MEAN)) / np.array(SPREAD)
        (map_,) = self._detector.run(_batch(normal))
        across, down = image.width / size[0], image.height / size[1]
        return [box.scaled(across, down) for box in text_boxes(map_[0, 0])]

    def _recognised(self, part: Picture) -> tuple[str, float]:
        from PIL import Image

        width = min(max(math.ceil(part.width * HEIGHT / part.height), HEIGHT), WIDEST)
        line = part.resize((width, HEIGHT), Image.Resampling.BILINEAR)
        (rows,) = self._recogniser.run(_batch((_blue_first(lit(line)) / 255 - 0.5) / 0.5))
        return self._decoded(rows[0])

    def _decoded(self, rows: NDArray[np.float32]) -> tuple[str, float]:
        """The text, by greedy CTC decoding, and the mean probability of its letters."""
        best = rows.argmax(1)
        # A space is a narrow gap, for which nothing often wins; its own probability still tells.
        gap = (best == 0) & (rows[:, -1] > SPACE)
        best[gap] = len(self._letters) - 1
        kept = (best != 0) & np.insert(best[1:] != best[:-1], 0, True)
        if not (kept & ~gap).any():
            return "", 0.0
        text = "".join(self._letters[number] for number in best[kept].tolist())
        return " ".join(text.split()), float(rows.max(1)[kept & ~gap].mean())

    def close(self) -> None:
        """Free the memory."""
        self._detector.close()
        self._recogniser.close()


def in_order(lines: list[Line]) -> list[str]:
    """The texts from top to bottom; pieces that stand beside each other joined, left to right."""
    turn = _turn([line.box for line in lines])

    def upright(box: TextBox) -> tuple[float, float]:
        """The middle, when the whole is turned back."""
        cos, sin = math.cos(turn), math.sin(turn)
        return box.x * cos + box.y * sin, box.y * cos - box.x * sin

    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: upright(line.box)[1]):
        last = rows[-1][-1].box if rows else None
        height = min(line.box.height, last.height) if last else 0.0
        if last and upright(line.box)[1] - upright(last)[1] < height / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    ordered = [sorted(row, key=lambda line: upright(line.box)[0]) for row in rows]
    return [" ".join(line.text for line in row) for row in ordered]


def _turn(boxes: list[TextBox]) -> float:
    """The mean angle of the boxes in whose direction most of the text runs."""
    widths: dict[int, float] = defaultdict(float)
    for box in boxes:
        widths[_quarter(box)] += box.width
    most = max(widths, key=lambda quarter: widths[quarter], default=0)
    if not widths.get(most):
        return 0.0
    return sum(box.angle * box.width for box in boxes if _quarter(box) == most) / widths[most]


def _quarter(box: TextBox) -> int:
    return round(box.angle / (math.pi / 2))


def _sure(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.score >= UPRIGHT]


def _letters(lines: list[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _blue_first(picture: Picture) -> NDArray[np.float32]:
    return np.asarray(picture, np.float32)[:, :, ::-1]


def _batch(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """One picture as rows of each colour, as the graphs take it."""
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)
