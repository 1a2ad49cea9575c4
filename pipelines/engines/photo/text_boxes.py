"""Where text is: a map of probabilities → turned rectangles, and what lies in them cut out upright.

PaddleOCR's "differentiable binarization" in numpy and Pillow. The map is thresholded, what hangs
together gets its rectangle of the least area, and because the map shows the core of each line
only, the rectangle grows. OpenCV, shapely and pyclipper, which PaddleOCR uses, take 100 MB.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.inputs import Picture

CORE, LEAST, GROW = 0.3, 0.5, 1.6  # a pixel's and a box's probability; share of area ÷ perimeter
THINNEST = 3  # pixels of the map
MOST = 1000  # boxes in one picture

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TextBox:
    """A turned rectangle: its middle, its sides, and by how many radians the wide one is turned."""

    x: float
    y: float
    width: float
    height: float
    angle: float

    @property
    def corners(self) -> Floats:
        """Top left, top right, bottom right, bottom left, as the text is read."""
        along = np.array([math.cos(self.angle), math.sin(self.angle)]) * self.width / 2
        down = np.array([-math.sin(self.angle), math.cos(self.angle)]) * self.height / 2
        middle = np.array([self.x, self.y])
        corners: Floats = middle + np.array(
            [-along - down, along - down, along + down, down - along]
        )
        return corners

    def grown(self, by: float) -> "TextBox":
        """The same with each side moved outwards."""
        return TextBox(self.x, self.y, self.width + 2 * by, self.height + 2 * by, self.angle)

    def turned(self, quarters: int) -> "TextBox":
        """The same rectangle, in which text runs in another direction."""
        wide, high = (self.width, self.height)[:: -1 if quarters % 2 else 1]
        return TextBox(self.x, self.y, wide, high, self.angle + quarters * math.pi / 2)

    def scaled(self, across: float, down: float) -> "TextBox":
        """In a picture that is so much larger."""
        corners = self.corners * (across, down)
        x, y = corners.mean(0).tolist()
        (dx, dy), high = corners[1] - corners[0], corners[3] - corners[0]
        return TextBox(x, y, math.hypot(dx, dy), float(np.hypot(*high)), math.atan2(dy, dx))


def text_boxes(probabilities: NDArray[np.float32]) -> list[TextBox]:
    """The boxes of a map, in its pixels."""
    boxes = []
    for outline in components(probabilities > CORE):
        box = least_rectangle(outline)
        if min(box.width, box.height) < THINNEST or _inside(probabilities, box) < LEAST:
            continue
        area, around = box.width * box.height, 2 * (box.width + box.height)
        boxes.append(box.grown(GROW * area / around))
    return boxes[:MOST]


def components(mask: NDArray[np.bool_]) -> Iterator[Floats]:
    """Of each set of pixels that touch, corners included, the ends of its rows as (x, y)."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    ends = np.nonzero(change == -1)[1] - 1
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    first = np.searchsorted(rows, np.arange(mask.shape[0] + 1)).tolist()
    begins, stops = starts.tolist(), ends.tolist()
    for row in range(1, mask.shape[0]):
        above, here = first[row - 1], first[row]
        while above < first[row] and here < first[row + 1]:
            if begins[above] <= stops[here] + 1 and begins[here] <= stops[above] + 1:
                parent[root(here)] = root(above)
            if stops[above] < stops[here]:
                above += 1
            else:
                here += 1
    roots = np.array([root(run) for run in range(len(rows))], int)
    order = np.argsort(roots, kind="stable")
    for runs in np.split(order, np.flatnonzero(np.diff(roots[order])) + 1):
        if runs.size:
            xs, ys = np.concatenate([starts[runs], ends[runs]]), np.tile(rows[runs], 2)
            yield np.stack([xs, ys], 1).astype(float)


def least_rectangle(points: Floats) -> TextBox:
    """The rectangle of the least area around the points; one of its sides lies on their hull."""
    hull = _hull(points)
    edges = np.roll(hull, -1, 0) - hull
    best: tuple[float, TextBox] | None = None
    for angle in {round(math.atan2(dy, dx) % (math.pi / 2), 6) for dx, dy in edges.tolist()}:
        cos, sin = math.cos(angle), math.sin(angle)
        turned = hull @ np.array([[cos, -sin], [sin, cos]])
        low, high = turned.min(0), turned.max(0)
        (x, y), (width, height) = ((low + high) / 2).tolist(), (high - low).tolist()
        box = TextBox(x * cos - y * sin, x * sin + y * cos, width, height, angle)
        if best is None or width * height < best[0] - 1e-9:
            best = width * height, box
    assert best is not None
    return _as_read(best[1])


def _as_read(box: TextBox) -> TextBox:
    """With the angle that is nearest to none: a text is seldom turned by more than 45°."""
    if box.angle > math.pi / 4:
        return TextBox(box.x, box.y, box.height, box.width, box.angle - math.pi / 2)
    return box


def _hull(points: Floats) -> Floats:
    """The corners of the convex hull, by Andrew's monotone chain."""
    ordered = sorted(set(map(tuple, points.tolist())))
    if len(ordered) < 3:
        return np.array(ordered)

    def half(way: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        kept: list[tuple[float, ...]] = []
        for x, y in way:
            while len(kept) > 1:
                (ax, ay), (bx, by) = kept[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                kept.pop()
            kept.append((x, y))
        return kept[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def _inside(probabilities: NDArray[np.float32], box: TextBox) -> float:
    """The mean probability within the box."""
    from PIL import Image, ImageDraw

    high, wide = probabilities.shape
    corners = box.corners
    left, top = np.clip(np.floor(corners.min(0)), 0, (wide - 1, high - 1)).astype(int).tolist()
    right, bottom = np.clip(np.ceil(corners.max(0)), 0, (wide - 1, high - 1)).astype(int).tolist()
    mask = Image.new("1", (right - left + 1, bottom - top + 1))
    ImageDraw.Draw(mask).polygon([tuple(one) for one in (corners - (left, top)).tolist()], fill=1)
    part = probabilities[top : bottom + 1, left : right + 1]
    return float(part[np.asarray(mask)].mean()) if mask.getbbox() else 0.0


def cut_out(image: Picture, box: TextBox) -> Picture:
    """What lies in the box, upright."""
    from PIL import Image

    size = max(round(box.width), 1), max(round(box.height), 1)
    top_left, top_right, bottom_right, bottom_left = box.corners.tolist()
    quad = (*top_left, *bottom_left, *bottom_right, *top_right)
    return image.transform(size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
