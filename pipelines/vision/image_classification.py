"""image-classification: a picture → labels with scores.

run("image-classification", "lion.jpg")
[{"label": "lion, king of beasts, Panthera leo", "score": 0.89}, …]
"""

from typing import Annotated

from pipelines.capabilities import ClassifyImage
from pipelines.inputs import Image, Number, Picture
from pipelines.outputs import LabelScore, best_first
from pipelines.task import Task


def image_classification(
    model: ClassifyImage,
    image: Annotated[Picture, Image("Image")],
    *,
    top_k: Annotated[int, Number("Show this many labels", 1, 1000)] = 5,
) -> list[LabelScore]:
    """Return the likeliest labels, best first; a regression gives its number as the score."""
    return best_first(model.classify_image(image), top_k)


TASK = Task(
    id="image-classification",
    title="Image classification",
    summary="A model looks at a whole picture and says what it shows.",
    course="Transformers, what can they do?",
    order=1,
    run=image_classification,
)
