"""Encoders with a classifier: labels of a text, and natural-language inference."""

from collections.abc import Sequence
from typing import Any

import torch

from pipelines.capabilities import Classify, Entail, Scores
from pipelines.engines.classification import entailment_labels
from pipelines.engines.transformers.batching import Encoding, TextModel


def label_scores(logits: torch.Tensor, config: Any) -> Scores:
    """A score for each label: softmax where one label fits; sigmoid where several may, or there is
    but one; a regression's numbers as they are.

    As transformers' own pipelines do, but that their audio classification gives a lone label
    always 1.
    """
    if config.problem_type == "regression":
        scores = logits
    elif config.problem_type == "multi_label_classification" or config.num_labels == 1:
        scores = logits.sigmoid()
    else:
        scores = logits.softmax(-1)
    return [(config.id2label[index], score) for index, score in enumerate(scores.tolist())]


class SequenceClassifier(TextModel, Classify, Entail):
    """Scores texts and pairs of texts."""

    def classify(self, texts: Sequence[str | tuple[str, str]]) -> list[Scores]:
        """The scores of all labels, for each text or pair."""
        return [label_scores(row, self.config) for row in self._logits(self.encode(texts))]

    def entail(self, premise: str, hypotheses: Sequence[str], *, independent: bool) -> list[float]:
        """A probability for each hypothesis."""
        entailment, contradiction = entailment_labels(self.config.label2id)
        pairs = [(premise, hypothesis) for hypothesis in hypotheses]
        logits = self._logits(self.encode(pairs, truncation="only_first"))
        if independent:
            scores = logits[:, [contradiction, entailment]].softmax(-1)[:, 1]
        else:
            scores = logits[:, entailment].softmax(-1)
        return [float(score) for score in scores]

    def _logits(self, encoded: Sequence[Encoding]) -> torch.Tensor:
        """Shape (texts, labels), in the order of the texts."""
        rows: dict[int, torch.Tensor] = {}
        for indices, inputs in self.batches(encoded):
            rows.update(zip(indices, self.forward(**inputs).logits, strict=True))
        return torch.stack([rows[index] for index in range(len(encoded))])
