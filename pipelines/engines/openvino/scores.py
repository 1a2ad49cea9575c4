"""From logits to a score for each label, as engines/transformers/classification.py does it."""

from typing import Any

import numpy as np

from pipelines.capabilities import Scores
from pipelines.engines.openvino.runtime import Array


def softmax(logits: Array) -> Array:
    """Along the last axis."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    shares: Array = powers / powers.sum(-1, keepdims=True)
    return shares


def sigmoid(logits: Array) -> Array:
    """Of each number; exact on both sides of 0."""
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1 / (1 + small), small / (1 + small))


def label_scores(logits: Array, about: dict[str, Any]) -> Scores:
    """A score for each label; about.json has the labels and what their numbers are."""
    match about["problem_type"]:
        case "regression":
            scores = logits
        case "multi_label_classification":
            scores = sigmoid(logits)
        case _:
            scores = softmax(logits)
    return [(label, float(score)) for label, score in zip(about["labels"], scores, strict=True)]
