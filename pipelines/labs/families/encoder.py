"""The first column of lab 1: encoder-only models (BERT and its kin), which see both sides.

Pure functions over a loaded model and tokenizer: attention and how each token's vector changes,
the sentence vector and its nearest. What a head adds is the tasks' (heads.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.errors import InputError
from pipelines.labs.families.attention import (
    MAX_TOKENS,
    Array,
    Attention,
    Reading,
    read,
    stack,
    without_learning,
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text gone through the model.

    `similarity` [layers + 1, tokens]: cosine of each token's vector with its first, before any
    layer (row 0 is 1 throughout). `vectors` [tokens, hidden] are those of the last layer.
    """

    reading: Reading
    attention: Attention
    similarity: Array
    vectors: Array


def encode(model: Any, tokenizer: Any, text: str) -> Encoded:
    """Attention, vectors and how they move from layer to layer."""
    import torch

    seen = read(tokenizer, text, min(MAX_TOKENS, limit(model)))
    with without_learning():
        out = model(
            input_ids=torch.tensor([seen.ids]), output_attentions=True, output_hidden_states=True
        )
    states = np.stack([state[0].float().numpy() for state in out.hidden_states])
    first = states[0]
    norms = np.linalg.norm(states, axis=-1) * np.linalg.norm(first, axis=-1)
    similarity = (states * first).sum(-1) / np.maximum(norms, 1e-12)
    weights = Attention(seen.tokens, seen.tokens, stack(out.attentions))
    return Encoded(seen, weights, similarity.astype(np.float32), states[-1])


def sentence_vectors(model: Any, tokenizer: Any, texts: Sequence[str]) -> Array:
    """[texts, hidden]: the mean of the last layer's vectors, of length 1."""
    import torch

    if not texts or any(not text.strip() for text in texts):
        raise InputError("A sentence is empty.", "Give one sentence a line.")
    batch = tokenizer(
        list(texts), return_tensors="pt", padding=True, truncation=True, max_length=limit(model)
    )
    with without_learning():
        out = model(**batch, output_hidden_states=True)
        mask = batch["attention_mask"].unsqueeze(-1)
        mean = (out.hidden_states[-1] * mask).sum(1) / mask.sum(1)
        vectors: Array = torch.nn.functional.normalize(mean, dim=-1).float().numpy()
    return vectors


def nearest(
    model: Any, tokenizer: Any, text: str, others: Sequence[str]
) -> list[tuple[str, float]]:
    """The others by cosine similarity to the text, nearest first."""
    vectors = sentence_vectors(model, tokenizer, [text, *others])
    scores = vectors[1:] @ vectors[0]
    return [(others[i], float(scores[i])) for i in np.argsort(-scores, kind="stable")]


def limit(model: Any) -> int:
    """The most tokens that are given to a model for its sentence vector and its head."""
    return min(512, int(getattr(model.config, "max_position_embeddings", 512)))
