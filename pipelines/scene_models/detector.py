"""The scene detector: picture → labelled boxes in the Hub's shape for object-detection.

detector = load_detector(Path("assets/starters/scene-detector"))
detector(image, threshold=0.5)
[{"label": "dog", "score": 0.97, "box": {"xmin": 12, "ymin": 40, "xmax": 96, "ymax": 131}}]
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from PIL import Image

    from pipelines.scene_models.backbone import Backbone, Sighting

SAME_KIND, ANY_KIND = 0.6, 0.85  # boxes that overlap more are one thing


class PixelBox(TypedDict):
    """Corners in pixels of the picture given."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class Detection(TypedDict):
    """One thing found."""

    label: str
    score: float
    box: PixelBox


class Detector:
    """Finds the 24 kinds of the scene world; `familiar` tells whether a picture is of it."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone

    def __call__(self, image: Image.Image, threshold: float = 0.5) -> list[Detection]:
        """Find the things whose score reaches threshold, best first."""
        return detections(self.backbone.look(image), self.backbone.labels, threshold)

    def familiar(self, image: Image.Image) -> bool:
        """Whether this looks like a picture of the scene world (a photograph does not)."""
        return self.backbone.look(image).ood_score <= 1


def load_detector(folder: Path) -> Detector:
    """Load a bundled detector."""
    from pipelines.scene_models.backbone import Backbone

    return Detector(Backbone.load(folder))


def detections(sighting: Sighting, labels: dict[int, str], threshold: float) -> list[Detection]:
    """The peaks as detections, after non-maximum suppression."""
    kept: list[tuple[int, list[float]]] = []
    found: list[Detection] = []
    kinds = sighting.classes.argmax(-1).tolist()
    boxes: list[list[float]] = sighting.boxes.tolist()
    for number in sighting.scores.argsort(descending=True).tolist():
        score, kind, box = sighting.scores[number].item(), kinds[number], boxes[number]
        if score < threshold or score <= 0:
            break
        if any(
            overlap(box, other) > (SAME_KIND if kind == same else ANY_KIND) for same, other in kept
        ):
            continue
        kept.append((kind, box))
        xmin, ymin, xmax, ymax = (round(corner) for corner in box)
        place = PixelBox(xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)
        found.append(Detection(label=labels[kind], score=score, box=place))
    return found


def overlap(first: list[float], second: list[float]) -> float:
    """Intersection over union."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return wide * high / (sum(areas) - wide * high)
