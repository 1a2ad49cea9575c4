"""Continuations of a text: its likeliest next tokens, prefetched, and a tree of them.

For the second column of lab 1. Pure functions over a loaded model and what `decoder.look` told.
"""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.errors import InputError
from pipelines.labs.families.attention import (
    Array,
    Attention,
    reading,
    token_texts,
    without_learning,
)
from pipelines.labs.families.decoder import DEPTH, DecoderState, slides, surprises, under

BARS = 12  # next tokens that are offered, each prefetched


@dataclass(frozen=True, slots=True)
class Prefetched:
    """The model's state after each of the likeliest next tokens, from one batched forward pass."""

    ids: tuple[int, ...]  # the likeliest first
    logits: Array  # [tokens, vocabulary], of what comes after each
    attentions: Array | None  # [tokens, layers, heads, 1, text + 1]; None where a window slides
    kv_cache: tuple[tuple[Any, Any], ...]  # a layer's keys and values of the tokens themselves


@dataclass(frozen=True, slots=True)
class Branch:
    """A continuation: its token, its probability after its parent, and what follows it."""

    id: int
    token: str
    probability: float
    path_probability: float
    branches: tuple["Branch", ...] = ()


def prefetch(model: Any, state: DecoderState, count: int = BARS) -> Prefetched:
    """Compute the likeliest tokens as one batch, which takes hardly longer than one of them."""
    import torch

    likeliest = torch.tensor(state.logits).topk(min(count, len(state.logits))).indices
    kv_cache = _repeated(state.kv_cache, len(likeliest))
    with without_learning():
        out = model(input_ids=likeliest[:, None], past_key_values=kv_cache, output_attentions=True)
    moved_on = slides(model, len(state.reading.ids) + 1)
    layers = out.past_key_values.layers
    return Prefetched(
        tuple(likeliest.tolist()),
        out.logits[:, -1].float().numpy(),
        None if moved_on else np.stack([one.float().numpy() for one in out.attentions], axis=1),
        tuple((one.keys[:, :, -1:].clone(), one.values[:, :, -1:].clone()) for one in layers),
    )


def taken(tokenizer: Any, state: DecoderState, prefetched: Prefetched, token: int) -> DecoderState:
    """What `look` would return for the text and one of the prefetched tokens.

    Raises:
        ValueError: this token was not prefetched, or its attention was not.
    """
    import torch

    row = prefetched.ids.index(token)
    if prefetched.attentions is None:
        raise ValueError("read without attention")
    seen = reading(tokenizer, (*state.reading.ids, token))
    weights = under(state.attention.weights, prefetched.attentions[row])
    bits, ranks = surprises(torch.tensor(state.logits)[None], torch.tensor([token]))
    kv_cache = _and_then(_repeated(state.kv_cache, 1), prefetched, slice(row, row + 1))
    maps = Attention(seen.tokens, seen.tokens, weights)
    last_row = prefetched.logits[row].copy()
    return DecoderState(seen, maps, last_row, kv_cache, state.bits + bits, state.ranks + ranks)


def _repeated(kv_cache: Any, times: int) -> Any:
    """A copy of a text's key-value cache, repeated for a batch of continuations."""
    import torch

    copied = copy.deepcopy(kv_cache)
    if times > 1:
        copied.reorder_cache(torch.zeros(times, dtype=torch.long))
    return copied


def _and_then(kv_cache: Any, prefetched: Prefetched, rows: slice) -> Any:
    """The cache with the prefetched tokens' keys and values appended."""
    for layer, (keys, values) in enumerate(prefetched.kv_cache):
        kv_cache.update(keys[rows], values[rows], layer)
    return kv_cache


def tree(
    model: Any,
    tokenizer: Any,
    state: DecoderState,
    width: int = 3,
    depth: int = DEPTH,
    first: Prefetched | None = None,
) -> tuple[Branch, ...]:
    """The `width` likeliest tokens, the likeliest after each, and so on; one pass a level.

    The text itself is not read again: its keys and values are copied for each path. `first` are
    its likeliest tokens when they were read before.
    """
    import torch

    if width < 1 or depth < 1 or width**depth > 1000:
        raise InputError(f"A tree of {width} to the power {depth} branches cannot be drawn.")
    first = first or prefetch(model, state, width)
    chances = torch.tensor(state.logits).softmax(-1)
    following: dict[tuple[int, ...], list[tuple[int, float]]] = {}
    following[()] = [(token, float(chances[token])) for token in first.ids[:width]]
    paths: list[tuple[int, ...]] = [(token,) for token in first.ids[:width]]
    logits = torch.tensor(first.logits[:width])
    kv_cache = _and_then(_repeated(state.kv_cache, len(paths)), first, slice(width))
    for level in range(1, depth):
        best = logits.softmax(-1).topk(min(width, logits.shape[-1]))
        chosen = zip(paths, best.indices.tolist(), best.values.tolist(), strict=True)
        for path, tokens, shares in chosen:
            following[path] = list(zip(tokens, shares, strict=True))
        if level == depth - 1:
            break
        parents = torch.arange(len(paths)).repeat_interleave(best.indices.shape[1])
        paths = [(*path, token) for path in paths for token, _ in following[path]]
        kv_cache.reorder_cache(parents)
        with without_learning():
            rows = best.indices.reshape(-1, 1)
            logits = model(input_ids=rows, past_key_values=kv_cache).logits[:, -1].float()
    return _branches(tokenizer, following, (), 1.0)


def _branches(
    tokenizer: Any,
    following: dict[tuple[int, ...], list[tuple[int, float]]],
    path: tuple[int, ...],
    chance: float,
) -> tuple[Branch, ...]:
    return tuple(
        Branch(
            id=token,
            token=token_texts(tokenizer, [token])[0],
            probability=p,
            path_probability=chance * p,
            branches=_branches(tokenizer, following, (*path, token), chance * p),
        )
        for token, p in following.get(path, [])
    )
