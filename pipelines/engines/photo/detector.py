"""The detector: picture → labelled boxes, by SSD MobileNet v2 as it was trained on COCO.

Knows what goes into the graph of `ssd_graph` and what comes out: scores of 1,917 boxes for nothing
and for each of 90 kinds, and the boxes' corners as shares of the picture.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.capabilities import Detect
from pipelines.engines.openvino.runtime import compile_model
from pipelines.engines.photo.coco import LABELS
from pipelines.engines.photo.exposure import lit
from pipelines.engines.photo.ssd_graph import SIDE
from pipelines.inputs import Picture
from pipelines.outputs import DetectedObject
from pipelines.settings import Settings

FILE = "detector.xml"
SAME = 0.6  # of one kind, boxes whose intersection over union is larger are one thing
MOST = 100  # things in one picture
WITHIN = 0.7  # of a long picture also a box of which so much lies in another
LONG, MOST_PARTS = 2, 24  # times as long as high; squares of it
EDGE = 0.01  # of a part's side
LEAST = 0.01  # a score below tells nothing, and there are 170,000 of them

Floats = NDArray[np.float32]
Part = tuple[float, float, float, float]  # ymin, xmin, ymax, xmax


class Detector(Detect):
    """Finds COCO's 80 kinds of things in a photograph."""

    system = ""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._graph = compile_model(folder / FILE, settings)
        self.parallel = self._graph.parallel

    def detect(self, image: Picture, threshold: float) -> list[DetectedObject]:
        """Objects in the Hub's shape, in pixels of the image."""
        found = [self._within(image, part) for part in parts(image)]
        likely, places = (np.concatenate(side) for side in zip(*found, strict=True))
        kinds, scores, boxes = suppressed(
            likely, places, max(threshold, LEAST), WITHIN if len(found) > 1 else None
        )
        sizes = np.array([image.height, image.width, image.height, image.width])
        pixels = (boxes * sizes).round().astype(int).tolist()
        return [
            {
                "label": LABELS[kind],
                "score": score,
                "box": {"xmin": left, "ymin": top, "xmax": right, "ymax": bottom},
            }
            for kind, score, (top, left, bottom, right) in zip(
                kinds, scores.tolist(), pixels, strict=True
            )
        ]

    def _within(self, image: Picture, part: Part) -> tuple[Floats, Floats]:
        """The scores of what lies in a part of the picture, and where in the whole it is."""
        from PIL import Image

        top, left, bottom, right = part
        small = image.resize(
            (SIDE, SIDE),
            Image.Resampling.BILINEAR,
            box=(
                left * image.width,
                top * image.height,
                right * image.width,
                bottom * image.height,
            ),
            reducing_gap=2.0,
        )
        scores, boxes = self._graph.run(np.asarray(lit(small))[None])
        # What an edge cuts off where the picture goes on is seen whole in the next part.
        cut = np.zeros(len(boxes), bool)
        for axis in (0, 1):
            cut |= (boxes[:, axis] < EDGE) & (part[axis] > 0)
            cut |= (boxes[:, axis + 2] > 1 - EDGE) & (part[axis + 2] < 1)
        size = np.array([bottom - top, right - left] * 2, np.float32)
        return scores[0][~cut], boxes[~cut] * size + np.array([top, left] * 2, np.float32)

    def close(self) -> None:
        """Free the memory."""
        self._graph.close()


def parts(image: Picture) -> list[Part]:
    """The whole picture, and squares of a long one, each of which begins in the middle of another.

    The graph sees squares: a panorama's things would be too narrow for it.
    """
    long, short = max(image.size), min(image.size)
    whole = (0.0, 0.0, 1.0, 1.0)
    if long <= LONG * short:
        return [whole]
    count = min(2 * long // short, MOST_PARTS)
    share = short / long
    starts = [number * (1 - share) / (count - 1) for number in range(count)]
    if image.width > image.height:
        return [whole, *((0.0, start, 1.0, start + share) for start in starts)]
    return [whole, *((start, 0.0, start + share, 1.0) for start in starts)]


def suppressed(
    scores: Floats, boxes: Floats, threshold: float, within_another: float | None = None
) -> tuple[list[int], Floats, Floats]:
    """COCO's numbers, scores and boxes within the picture of what is left, best first.

    `scores` has a row a box and a column a kind, the first of which means nothing; `boxes` are
    ymin, xmin, ymax, xmax.
    """
    found: list[tuple[float, int, int]] = []
    for kind in LABELS:
        likely = np.flatnonzero(scores[:, kind] >= threshold)
        order = likely[np.argsort(-scores[likely, kind], kind="stable")]
        while order.size and sum(one[1] == kind for one in found[-MOST:]) < MOST:
            best, order = int(order[0]), order[1:]
            found.append((float(scores[best, kind]), kind, best))
            same = overlaps(boxes[best], boxes[order]) > SAME
            if within_another is not None:
                same |= overlaps(boxes[best], boxes[order], smaller=True) > within_another
            order = order[~same]
    found.sort(key=lambda one: -one[0])
    within = np.clip(boxes, 0.0, 1.0)
    sides = within[:, 2:] - within[:, :2]
    seen = [one for one in found if (sides[one[2]] > 0).all()][:MOST]
    kept = [number for *_, number in seen]
    return (
        [kind for _, kind, _ in seen],
        np.array([score for score, *_ in seen], np.float32),
        within[kept].reshape(-1, 4),
    )


def overlaps(box: Floats, others: Floats, *, smaller: bool = False) -> Floats:
    """Intersection of one box with each of the others over their union, or over the smaller."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.clip(sides, 0, None).prod(1)
    areas = (others[:, 2:] - others[:, :2]).prod(1)
    area = (box[2:] - box[:2]).prod()
    union = np.minimum(areas, area) if smaller else areas + area - shared
    share: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return share
