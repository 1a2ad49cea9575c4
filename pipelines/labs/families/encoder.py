"""The first column of lab 1: encoder-only models (BERT and its kin), which see both sides.

Pure functions over a loaded model and tokenizer: attention and how each token's vector changes,
the sentence vector and its nearest, and, where the model has such a head, the masked word, named
entities and the answer marked in a text.
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


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a text, by characters, with what the model says of it."""

    start: int
    end: int
    text: str
    label: str
    score: float


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


def fill_mask(
    model: Any, tokenizer: Any, text: str, top_k: int = 5
) -> list[list[tuple[str, float]]]:
    """For each mask in the text, the likeliest tokens with their probabilities."""
    import torch

    if tokenizer.mask_token_id is None:
        raise InputError("This model has no mask token, so it cannot guess a masked word.")
    seen = read(tokenizer, text, limit(model))
    places = [n for n, i in enumerate(seen.ids) if i == tokenizer.mask_token_id]
    if not places:
        raise InputError("No word is masked.", f"Write {tokenizer.mask_token} in its place.")
    with without_learning():
        logits = model(input_ids=torch.tensor([seen.ids])).logits[0, places].float()
        best = logits.softmax(-1).topk(min(top_k, logits.shape[-1]))
    return [
        [(str(tokenizer.decode([i])).strip(), p) for i, p in zip(ids, row, strict=True)]
        for ids, row in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def entities(model: Any, tokenizer: Any, text: str) -> list[Span]:
    """Named entities; tokens beside each other of one kind become one span (score: their mean)."""
    import torch

    batch, offsets = _with_offsets(model, tokenizer, text)
    with without_learning():
        scores = model(input_ids=torch.tensor([batch])).logits[0].float().softmax(-1)
    found: list[tuple[int, int, str, list[float]]] = []
    for (start, end), row in zip(offsets, scores, strict=True):
        if start == end:
            continue
        name = model.config.id2label[int(row.argmax())]
        if name == "O":
            continue
        prefix, _, kind = name.rpartition("-")
        last = found[-1] if found else None
        near = last is not None and not text[last[1] : start].strip()
        inside_word = last is not None and last[1] == start
        if last is not None and last[2] == kind and near and (prefix != "B" or inside_word):
            found[-1] = (last[0], end, kind, [*last[3], float(row.max())])
        else:
            found.append((start, end, kind, [float(row.max())]))
    return [Span(a, b, text[a:b], kind, sum(s) / len(s)) for a, b, kind, s in found]


def marked_answer(
    model: Any, tokenizer: Any, question: str, text: str, max_tokens: int = 30
) -> Span:
    """The span of the text that answers; score is P(start) x P(end) within the text."""
    import torch

    if not question.strip() or not text.strip():
        raise InputError("The question or the text is empty.", "Fill in both.")
    batch = tokenizer(
        question,
        text,
        truncation="only_second",
        max_length=limit(model),
        return_offsets_mapping=True,
    )
    sequence = batch.sequence_ids(0)
    offsets = batch.pop("offset_mapping")
    inputs = {key: torch.tensor([value]) for key, value in batch.items()}
    with without_learning():
        out = model(**inputs)
    allowed = torch.tensor([s == 1 for s in sequence])
    begin = out.start_logits[0].float().masked_fill(~allowed, -torch.inf).softmax(-1)
    end = out.end_logits[0].float().masked_fill(~allowed, -torch.inf).softmax(-1)
    both = torch.triu(begin[:, None] * end[None, :]).tril(max_tokens - 1)
    a, b = divmod(int(both.argmax()), both.shape[1])
    start, stop = offsets[a][0], offsets[b][1]
    return Span(start, stop, text[start:stop], "answer", float(both[a, b]))


def _with_offsets(model: Any, tokenizer: Any, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    if not text.strip():
        raise InputError("The text is empty.", "Type a sentence.")
    batch = tokenizer(text, truncation=True, max_length=limit(model), return_offsets_mapping=True)
    return batch["input_ids"], batch["offset_mapping"]


def limit(model: Any) -> int:
    """The most tokens that are given to a model for its sentence vector and its head."""
    return min(512, int(getattr(model.config, "max_position_embeddings", 512)))
