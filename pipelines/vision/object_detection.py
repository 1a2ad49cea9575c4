"""object-detection: a picture → labelled boxes in its pixels.

run("object-detection", "street.jpg", threshold=0.7)
[{"label": "car", "score": 0.98, "box": {"xmin": 40, "ymin": 70, "xmax": 175, "ymax": 117}}]
"""

from typing import Annotated

from pipelines.capabilities import Detect
from pipelines.inputs import Image, Number, Picture
from pipelines.outputs import DetectedObject
from pipelines.task import Task


def object_detection(
    model: Detect,
    image: Annotated[Picture, Image("Image")],
    *,
    threshold: Annotated[float, Number("Least score of a box", 0, 1, 0.01)] = 0.5,
) -> list[DetectedObject]:
    """Return the objects, best first, their boxes within the picture."""
    return model.detect(image, threshold)


TASK = Task(
    id="object-detection",
    title="Object detection",
    summary="A model finds the things in a picture and draws a box around each.",
    course="Transformers, what can they do?",
    order=2,
    run=object_detection,
)
