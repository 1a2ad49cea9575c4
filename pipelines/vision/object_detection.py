"""object-detection: a picture → labelled boxes in its pixels.

run("object-detection", "street.jpg", threshold=0.7)
[{"label": "car", "score": 0.98, "box": {"xmin": 40, "ymin": 70, "xmax": 175, "ymax": 117}}]
"""

from typing import Annotated, Any

from pipelines.inputs import Image, Number, Picture
from pipelines.outputs import DetectedObject
from pipelines.scene_models.note import note_if_unfamiliar
from pipelines.task import Task


def object_detection(
    model: Any,
    image: Annotated[Picture, Image("Image")],
    *,
    threshold: Annotated[float, Number("Least score of a box", 0, 1, 0.01)] = 0.5,
) -> list[DetectedObject]:
    """Return the objects, best first, their boxes within the picture."""
    if hasattr(model, "detect"):
        note_if_unfamiliar(model, image)
        drawn: list[DetectedObject] = model.detect(image, threshold)
        return drawn
    pixels = model.image_processor(images=image, return_tensors="pt")
    found = model.image_processor.post_process_object_detection(
        model(**pixels), threshold=threshold, target_sizes=[(image.height, image.width)]
    )[0]
    objects: list[DetectedObject] = []
    for score, label, corners in zip(
        found["scores"].tolist(), found["labels"].tolist(), found["boxes"].tolist(), strict=True
    ):
        xmin, ymin, xmax, ymax = (
            min(max(round(value), 0), limit)
            for value, limit in zip(corners, (image.width, image.height) * 2, strict=True)
        )
        box = {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
        objects.append({"label": model.config.id2label[label], "score": score, "box": box})  # type: ignore[typeddict-item]  # mypy widens the dict of ints
    return sorted(objects, key=lambda one: -one["score"])


TASK = Task(
    id="object-detection",
    title="Object detection",
    summary="A model finds the things in a picture and draws a box around each.",
    course="Transformers, what can they do?",
    order=2,
    run=object_detection,
    heads=("AutoModelForObjectDetection",),
)
