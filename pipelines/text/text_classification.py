"""text-classification: a text, or a pair of texts → labels with scores.

run("text-classification", "I love it")
[{"label": "POSITIVE", "score": 0.99}, {"label": "NEGATIVE", "score": 0.01}]
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pipelines.capabilities import Classify
from pipelines.inputs import InView, LongText, Number, Text
from pipelines.outputs import LabelScore, best_first
from pipelines.run import note
from pipelines.task import Task

# Beginnings of the labels of models that compare two texts: inference, paraphrases, duplicates.
PAIR_LABELS = ("entail", "contra", "not_ent", "paraphras", "not_para", "equivalent", "not_equiv",
               "duplicate", "not_dup", "is_dup")  # fmt: skip
# What older configs of models with labels such as LABEL_0 say they were trained for.
PAIR_TASKS = {"mnli", "qnli", "rte", "wnli", "mrpc", "qqp", "stsb", "sts-b", "snli", "anli"}


def compares_texts(config: Mapping[str, Any]) -> bool:
    """Whether a model is for pairs: by its labels, its training, or as a cross-encoder."""
    labels = config.get("id2label")
    named = [str(one) for one in labels.values()] if isinstance(labels, Mapping) else []
    trained = str(config.get("finetuning_task")).lower() in PAIR_TASKS
    return _of_pairs(named) or trained or "sentence_transformers" in config


def text_classification(
    model: Classify,
    text: Annotated[str | list[str], Text("Text", "A sentence to judge")],
    *,
    top_k: Annotated[int, Number("Show this many labels", 1, 1000)] = 5,
    text_pair: Annotated[
        str | list[str] | None,
        LongText("A second text, to be compared with the first: inference, paraphrases"),
        InView(compares_texts),
    ] = None,
) -> list[LabelScore] | list[list[LabelScore]]:
    """Return the likeliest labels, best first; a regression gives its number as the score."""
    texts = [text] if isinstance(text, str) else text
    asked: Sequence[str | tuple[str, str]] = texts
    if text_pair is not None:
        pairs = [text_pair] if isinstance(text_pair, str) else text_pair
        asked = list(zip(texts, pairs, strict=True))
    scores = model.classify(asked)
    _note_if_unfit([label for label, _ in scores[0]], paired=text_pair is not None)
    ranked = [best_first(one, top_k) for one in scores]
    return ranked[0] if isinstance(text, str) else ranked


def _note_if_unfit(labels: list[str], paired: bool) -> None:
    """Say so when the labels are of another kind of input; names such as LABEL_0 tell nothing."""
    compares = _of_pairs(labels)
    named = not all(label.startswith("LABEL_") for label in labels)
    if compares and not paired:
        note("This model compares two texts: give the second as text_pair.")
    if paired and named and not compares:
        note("The labels of this model are of single texts, so do not trust how it read the pair.")


def _of_pairs(labels: Sequence[str]) -> bool:
    return any(label.lower().startswith(PAIR_LABELS) for label in labels)


TASK = Task(
    id="text-classification",
    title="Text classification",
    summary="An encoder-only model reads a whole text and says which label fits.",
    course="Transformers, what can they do?",
    order=2,
    run=text_classification,
    aliases=("sentiment-analysis",),
)
