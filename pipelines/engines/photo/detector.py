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
from pipelines.engines.photo.ssd_graph import SIDE
from pipelines.inputs import Picture
from pipelines.outputs import DetectedObject
from pipelines.settings import Settings

FILE = "detector.xml"
SAME = 0.6  # of one kind, boxes whose intersection over union is larger are one thing
MOST = 100  # things in one picture
LEAST = 0.01  # a score below tells nothing, and there are 170,000 of them

Floats = NDArray[np.float32]


class Detector(Detect):
    """Finds COCO's 80 kinds of things in a photograph."""

    system = ""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._graph = compile_model(folder / FILE, settings)
        self.parallel = self._graph.parallel

    def detect(self, image: Picture, threshold: float) -> list[DetectedObject]:
        """Objects in the Hub's shape, in pixels of the image."""
        from PIL import Image

        small = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
        scores, boxes = self._graph.run(np.asarray(small)[None])
        kinds, scores, boxes = suppressed(scores[0], boxes, max(threshold, LEAST))
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

    def close(self) -> None:
        """Free the memory."""
        self._graph.close()


def suppressed(scores: Floats, boxes: Floats, threshold: float) -> tuple[list[int], Floats, Floats]:
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
            order = order[overlaps(boxes[best], boxes[order]) <= SAME]
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


def overlaps(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one box with each of the others."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.clip(sides, 0, None).prod(1)
    areas = (others[:, 2:] - others[:, :2]).prod(1)
    union = areas + (box[2:] - box[:2]).prod() - shared
    share: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return share
