"""Encoders that turn texts into vectors, as engines/transformers/embedding.py does.

about.json's "poolings" is how the repository makes one vector of those of the tokens;
sentence.xml beside the graph holds its dense layers where it has some.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from pipelines.capabilities import Embed, Vectors
from pipelines.engines.openvino.model import Converted
from pipelines.engines.openvino.runtime import Array, compile_model
from pipelines.engines.openvino.texts import TextModel
from pipelines.errors import ModelError
from pipelines.run import count_prompt_tokens
from pipelines.settings import Settings

DENSE = "sentence.xml"


class Encoder(TextModel, Embed):
    """Vectors of texts and of their tokens."""

    def __init__(self, converted: Converted, settings: Settings) -> None:
        super().__init__(converted, settings)
        dense = converted.folder / DENSE
        self.dense = compile_model(dense, settings, precision="f32") if dense.exists() else None

    def embed(self, texts: Sequence[str], *, pooling: str, normalize: bool) -> Vectors:
        """One vector a text, shape (texts, hidden)."""
        rows: dict[int, Array] = {}
        for indices, hidden, mask in self._hidden_states(texts):
            rows.update(zip(indices, self._pooled(hidden, mask, pooling), strict=True))
        return _scaled(np.stack([rows[index] for index in range(len(texts))]), normalize)

    def embed_tokens(self, texts: Sequence[str], *, normalize: bool) -> list[Vectors]:
        """One vector a token, for each text."""
        rows: dict[int, Vectors] = {}
        for indices, hidden, mask in self._hidden_states(texts):
            for index, vectors, real in zip(indices, hidden, mask.astype(bool), strict=True):
                rows[index] = _scaled(vectors[real], normalize)
        return [rows[index] for index in range(len(texts))]

    def _hidden_states(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Array, Array]]:
        """Indices of texts, their token vectors (texts, tokens, hidden), their attention mask."""
        encoded = self.encode(texts)
        count_prompt_tokens(sum(map(len, encoded)))
        for indices, inputs, (hidden, *_) in self.passes(encoded):
            yield indices, hidden, inputs["attention_mask"]

    def _pooled(self, hidden: Array, mask: Array, pooling: str) -> Array:
        if pooling != "auto":
            return pooled(hidden, mask, pooling)
        if refusal := self.about.get("sentence_refusal"):
            raise ModelError(*refusal)
        vectors: Array = np.concatenate(
            [pooled(hidden, mask, one) for one in self.about["poolings"]], -1
        )
        return self.dense.run(vectors)[0] if self.dense else vectors

    def close(self) -> None:
        """Free the memory."""
        super().close()
        if self.dense:
            self.dense.close()


def pooled(hidden: Array, mask: Array, pooling: str) -> Array:
    """From token vectors, shape (texts, tokens, hidden), to one vector a text."""
    counts = mask[..., None].astype(hidden.dtype)
    if pooling == "weightedmean":  # later tokens weigh more
        counts = counts * counts.cumsum(1)
    if pooling in ("mean", "weightedmean"):
        vectors: Array = (hidden * counts).sum(1) / counts.sum(1)
        return vectors
    if pooling == "mean_sqrt_len_tokens":
        vectors = (hidden * counts).sum(1) / np.sqrt(counts.sum(1))
        return vectors
    if pooling == "max":
        vectors = np.where(counts == 0, -np.inf, hidden).max(1)
        return vectors
    rows = np.arange(len(hidden))
    if pooling == "cls":  # padding may be on either side
        vectors = hidden[rows, mask.argmax(1)]
        return vectors
    if pooling == "last":
        vectors = hidden[rows, mask.shape[1] - 1 - mask[:, ::-1].argmax(1)]
        return vectors
    raise ValueError(f"unknown pooling {pooling!r}")


def _scaled(vectors: Array, normalize: bool) -> Vectors:
    if normalize:
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        vectors = vectors / np.maximum(lengths, 1e-12)
    return vectors.astype(np.float32, copy=False)
