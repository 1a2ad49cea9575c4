"""The scene detector: picture → labelled boxes in the Hub's shape for object-detection.

detector = Detector.load(Path("assets/starters/scene-detector"))
detector(image, threshold=0.5)
[{"label": "dog", "score": 0.97, "box": {"xmin": 12, "ymin": 40, "xmax": 96, "ymax": 131}}]
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from pipelines.outputs import Box, DetectedObject
from pipelines.scene_models.overlap import ANY_KIND, SAME_KIND, overlap

if TYPE_CHECKING:
    from PIL import Image

    from pipelines.scene_models.backbone import Backbone, Sighting


class Detector:
    """Finds the 24 kinds of the scene world."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a bundled detector."""
        from pipelines.scene_models.backbone import Backbone

        return cls(Backbone.load(folder))

    def __call__(self, image: Image.Image, threshold: float = 0.5) -> list[DetectedObject]:
        """Find the things whose score reaches threshold, best first."""
        return detections(self.backbone.look(image), self.backbone.labels, threshold)


def detections(
    sighting: Sighting, labels: dict[int, str], threshold: float
) -> list[DetectedObject]:
    """The peaks as detections, after non-maximum suppression."""
    kept: list[tuple[int, list[float]]] = []
    found: list[DetectedObject] = []
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
        place = Box(xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)
        found.append(DetectedObject(label=labels[kind], score=score, box=place))
    return found
