"""zero-shot-classification: a text and labels nobody trained on → how well each fits.

Models of natural-language inference score how far the text entails each label's hypothesis. With
embedding models it is the similarity of the text's vector to the hypothesis's.

    run("zero-shot-classification", "The match ended 2:1", ["sport", "politics"])
    [{"label": "sport", "score": 0.97}, {"label": "politics", "score": 0.03}]
"""

import math
from typing import Annotated

import numpy as np

from pipelines.capabilities import Embed, Entail
from pipelines.errors import InputError
from pipelines.inputs import Flag, Labels, Line, Text
from pipelines.outputs import LabelScore, best_first
from pipelines.task import Task

# Cosines of MiniLM lie close together. On 16 everyday sentences with 62 labels, 17 of them right,
# the right labels had cosines of 0.06 to 0.51 and 0.10 separated right from wrong best.
SCALE = 20.0
THRESHOLD = 0.1


def zero_shot_classification(
    model: Entail | Embed,
    text: Annotated[str, Text("Text", "What is this about?")],
    candidate_labels: Annotated[list[str], Labels()],
    *,
    multi_label: Annotated[bool, Flag("Score each label on its own")] = False,
    hypothesis_template: Annotated[
        str, Line("What is claimed of the text; {} stands for the label")
    ] = "This text is about {}.",
) -> list[LabelScore]:
    """Return every label with its score, best first; without multi_label they sum to 1."""
    if "{}" not in hypothesis_template:
        raise InputError("hypothesis_template has no {}.", "Write {} where the label goes.")
    hypotheses = [hypothesis_template.replace("{}", label) for label in candidate_labels]
    match model:
        case Entail():
            scores = model.entail(text, hypotheses, independent=multi_label or len(hypotheses) == 1)
        case Embed():
            vectors = model.embed([text, *hypotheses], pooling="auto", normalize=True)
            scores = _from_cosines(vectors[1:] @ vectors[0], multi_label)
    return best_first(zip(candidate_labels, scores, strict=True))


def _from_cosines(cosines: np.ndarray, multi_label: bool) -> list[float]:
    """A probability for each label, from the cosines of its hypothesis and the text."""
    if multi_label or len(cosines) == 1:
        return [1 / (1 + math.exp(-SCALE * (cosine - THRESHOLD))) for cosine in cosines.tolist()]
    powers = np.exp(SCALE * (cosines - cosines.max()))
    scores: list[float] = (powers / powers.sum()).tolist()
    return scores


TASK = Task(
    id="zero-shot-classification",
    title="Zero-shot classification",
    summary="Sort a text under labels you make up; the model was never trained on them.",
    course="Transformers, what can they do?",
    order=5,
    run=zero_shot_classification,
    tags=("sentence-similarity", "feature-extraction"),
)
