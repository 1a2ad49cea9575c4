"""Encoders with a classifier: labels of a text, and natural-language inference."""

from collections.abc import Sequence

import numpy as np

from pipelines.capabilities import Classify, Entail, Scores
from pipelines.engines.classification import entailment_labels
from pipelines.engines.openvino.runtime import Array
from pipelines.engines.openvino.scores import label_scores, softmax
from pipelines.engines.openvino.shared_passes import Encoding
from pipelines.engines.openvino.texts import TextModel


class SequenceClassifier(TextModel, Classify, Entail):
    """Scores texts and pairs of texts."""

    def classify(self, texts: Sequence[str | tuple[str, str]]) -> list[Scores]:
        """The scores of all labels, for each text or pair."""
        alone = [one for one in texts if isinstance(one, str)]
        pairs = [one for one in texts if not isinstance(one, str)]
        encoded = self.encode_each_pair(pairs) if pairs else self.encode(alone)
        return [label_scores(row, self.about) for row in self._logits(encoded)]

    def entail(self, premise: str, hypotheses: Sequence[str], *, independent: bool) -> list[float]:
        """A probability for each hypothesis."""
        entailment, contradiction = entailment_labels(self.about["label2id"])
        logits = self._logits(self.encode_pairs(premise, hypotheses))
        if independent:
            scores = softmax(logits[:, [contradiction, entailment]])[:, 1]
        else:
            scores = softmax(logits[:, entailment])
        return [float(score) for score in scores]

    def _logits(self, encoded: Sequence[Encoding]) -> Array:
        """Shape (texts, labels), in the order of the texts."""
        rows: dict[int, Array] = {}
        for indices, _, (logits, *_) in self.passes(encoded):
            rows.update(zip(indices, logits, strict=True))
        return np.stack([rows[index] for index in range(len(encoded))])
