"""Encoders that turn texts into vectors, as sentence-transformers does with the same files."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import torch

from pipelines.capabilities import Embed, Vectors
from pipelines.engines.transformers.batching import TextModel
from pipelines.engines.transformers.sentence_transformers import SentenceModules, sentence_modules
from pipelines.parse_json import parse_json
from pipelines.run import count_prompt_tokens


class Encoder(TextModel, Embed):
    """Vectors of texts and of their tokens."""

    @cached_property
    def max_length(self) -> int:
        """At most the length that the repository's authors chose for vectors of sentences."""
        longest = super().max_length
        for file in self.folder.glob("sentence_*_config.json"):
            try:
                chosen = parse_json(file.read_text("utf-8")).get("max_seq_length")
            except (OSError, ValueError, AttributeError):
                continue
            longest = min(longest, chosen) if isinstance(chosen, int) else longest
        return longest

    @cached_property
    def sentence_modules(self) -> SentenceModules:
        """How the repository makes one vector from those of the tokens."""
        return sentence_modules(self.folder)

    def embed(self, texts: Sequence[str], *, pooling: str, normalize: bool) -> Vectors:
        """One vector a text, shape (texts, hidden)."""
        rows: dict[int, torch.Tensor] = {}
        for indices, hidden, mask in self._hidden_states(texts):
            rows.update(zip(indices, self._pooled(hidden, mask, pooling), strict=True))
        vectors = torch.stack([rows[index] for index in range(len(texts))])
        return _array(vectors, normalize)

    def embed_tokens(self, texts: Sequence[str], *, normalize: bool) -> list[Vectors]:
        """One vector a token, for each text."""
        rows: dict[int, Vectors] = {}
        for indices, hidden, mask in self._hidden_states(texts):
            for index, vectors, real in zip(indices, hidden, mask.bool(), strict=True):
                rows[index] = _array(vectors[real], normalize)
        return [rows[index] for index in range(len(texts))]

    def _hidden_states(
        self, texts: Sequence[str]
    ) -> Iterator[tuple[list[int], torch.Tensor, torch.Tensor]]:
        """Indices of texts, their token vectors (texts, tokens, hidden), their attention mask."""
        encoded = self.encode(texts)
        count_prompt_tokens(sum(len(one["input_ids"]) for one in encoded))
        for indices, inputs in self.batches(encoded):
            hidden = self.forward(**inputs).last_hidden_state
            yield indices, hidden, inputs["attention_mask"]

    def _pooled(self, hidden: torch.Tensor, mask: torch.Tensor, pooling: str) -> torch.Tensor:
        if pooling != "auto":
            return pooled(hidden, mask, pooling)
        modules = self.sentence_modules
        vectors = torch.cat([pooled(hidden, mask, one) for one in modules.poolings], -1)
        for layer in modules.layers:
            vectors = layer(vectors)
        return vectors


def pooled(hidden: torch.Tensor, mask: torch.Tensor, pooling: str) -> torch.Tensor:
    """From token vectors, shape (texts, tokens, hidden), to one vector a text."""
    counts = mask.unsqueeze(-1).to(hidden.dtype)
    if pooling == "weightedmean":  # later tokens weigh more
        counts = counts * counts.cumsum(1)
    if pooling in ("mean", "weightedmean"):
        return (hidden * counts).sum(1) / counts.sum(1)
    if pooling == "mean_sqrt_len_tokens":
        return (hidden * counts).sum(1) / counts.sum(1).sqrt()
    if pooling == "max":
        return hidden.masked_fill(counts == 0, float("-inf")).amax(1)
    rows = torch.arange(len(hidden))
    if pooling == "cls":  # padding may be on either side
        return hidden[rows, mask.argmax(1)]
    if pooling == "last":
        return hidden[rows, mask.shape[1] - 1 - mask.flip(1).argmax(1)]
    raise ValueError(f"unknown pooling {pooling!r}")


def _array(vectors: torch.Tensor, normalize: bool) -> Vectors:
    if normalize:
        vectors = vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    array: Vectors = vectors.float().numpy()
    return array
