"""text-classification: a text → labels with scores.

run("text-classification", "I love it")
[{"label": "POSITIVE", "score": 0.99}, {"label": "NEGATIVE", "score": 0.01}]
"""

from typing import Annotated, Any

from pipelines.inputs import Number, Text
from pipelines.outputs import LabelScore, best_first
from pipelines.task import Task
from pipelines.text.truncation import tokens


def text_classification(
    model: Any,
    text: Annotated[str, Text("Text", "A sentence to judge")],
    *,
    top_k: Annotated[int, Number("Show this many labels", 1, 1000)] = 5,
) -> list[LabelScore]:
    """Return the likeliest labels, best first; a regression gives its number as the score."""
    logits = model(**tokens(model, text)).logits[0]
    config = model.config
    # The rule of transformers' own pipeline.
    if config.problem_type == "regression":
        scores = logits
    elif config.problem_type == "multi_label_classification" or config.num_labels == 1:
        scores = logits.sigmoid()
    else:
        scores = logits.softmax(-1)
    labels = [config.id2label[index] for index in range(len(scores))]
    return best_first(labels, scores.tolist(), top_k)


TASK = Task(
    id="text-classification",
    title="Text classification",
    summary="An encoder-only model reads a whole text and says which label fits.",
    course="Transformers, what can they do?",
    order=2,
    run=text_classification,
    heads=("AutoModelForSequenceClassification",),
)
