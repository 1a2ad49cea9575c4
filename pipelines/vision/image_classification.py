"""image-classification: a picture → labels with scores.

run("image-classification", "lion.jpg")
[{"label": "lion, king of beasts, Panthera leo", "score": 0.89}, …]
"""

from typing import Annotated, Any

from pipelines.inputs import Image, Number, Picture
from pipelines.outputs import LabelScore, best_first, label_scores
from pipelines.task import Task


def image_classification(
    model: Any,
    image: Annotated[Picture, Image("Image")],
    *,
    top_k: Annotated[int, Number("Show this many labels", 1, 1000)] = 5,
) -> list[LabelScore]:
    """Return the likeliest labels, best first; a regression gives its number as the score."""
    pixels = model.image_processor(images=image, return_tensors="pt")
    scores = label_scores(model(**pixels).logits[0], model.config)
    labels = [model.config.id2label[index] for index in range(len(scores))]
    return best_first(labels, scores, top_k)


TASK = Task(
    id="image-classification",
    title="Image classification",
    summary="A model looks at a whole picture and says what it shows.",
    course="Transformers, what can they do?",
    order=1,
    run=image_classification,
    heads=("AutoModelForImageClassification",),
)
