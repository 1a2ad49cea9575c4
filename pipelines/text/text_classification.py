"""text-classification: a text → labels with scores.

run("text-classification", "I love it")
[{"label": "POSITIVE", "score": 0.99}, {"label": "NEGATIVE", "score": 0.01}]
"""

from typing import Annotated

from pipelines.capabilities import Classify
from pipelines.inputs import Number, Text
from pipelines.outputs import LabelScore, best_first
from pipelines.task import Task


def text_classification(
    model: Classify,
    text: Annotated[str, Text("Text", "A sentence to judge")],
    *,
    top_k: Annotated[int, Number("Show this many labels", 1, 1000)] = 5,
) -> list[LabelScore]:
    """Return the likeliest labels, best first; a regression gives its number as the score."""
    return best_first(model.classify([text])[0], top_k)


TASK = Task(
    id="text-classification",
    title="Text classification",
    summary="An encoder-only model reads a whole text and says which label fits.",
    course="Transformers, what can they do?",
    order=2,
    run=text_classification,
)
