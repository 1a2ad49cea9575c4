"""What a text may go on with: its likeliest tokens read ahead, and a tree of continuations.

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
from pipelines.labs.families.decoder import DEPTH, Looked, slides, surprises, under

BARS = 12  # tokens that are offered, and read ahead


@dataclass(frozen=True, slots=True)
class Ahead:
    """What each of the likeliest next tokens leads to, all read in one pass."""

    ids: tuple[int, ...]  # the likeliest first
    logits: Array  # [tokens, vocabulary], of what comes after each
    attentions: Array | None  # [tokens, layers, heads, 1, text + 1]; None where a window slides
    kept: tuple[tuple[Any, Any], ...]  # a layer's keys and values of the tokens themselves


@dataclass(frozen=True, slots=True)
class Branch:
    """A continuation: its token, its probability after its parent, and what follows it."""

    id: int
    token: str
    probability: float
    path_probability: float
    branches: tuple["Branch", ...] = ()


def ahead(model: Any, looked: Looked, count: int = BARS) -> Ahead:
    """Read the likeliest tokens side by side, which is hardly more work than to read one."""
    import torch

    likeliest = torch.tensor(looked.logits).topk(min(count, len(looked.logits))).indices
    kept = _repeated(looked.kept, len(likeliest))
    with without_learning():
        out = model(input_ids=likeliest[:, None], past_key_values=kept, output_attentions=True)
    moved_on = slides(model, len(looked.reading.ids) + 1)
    layers = out.past_key_values.layers
    return Ahead(
        tuple(likeliest.tolist()),
        out.logits[:, -1].float().numpy(),
        None if moved_on else np.stack([one.float().numpy() for one in out.attentions], axis=1),
        tuple((one.keys[:, :, -1:].clone(), one.values[:, :, -1:].clone()) for one in layers),
    )


def taken(tokenizer: Any, looked: Looked, ahead: Ahead, token: int) -> Looked:
    """What `look` tells of the text and one of the tokens that were read ahead.

    Raises:
        ValueError: this one was not, or without attention.
    """
    import torch

    row = ahead.ids.index(token)
    if ahead.attentions is None:
        raise ValueError("read without attention")
    seen = reading(tokenizer, (*looked.reading.ids, token))
    weights = under(looked.attention.weights, ahead.attentions[row])
    bits, ranks = surprises(torch.tensor(looked.logits)[None], torch.tensor([token]))
    kept = _and_then(_repeated(looked.kept, 1), ahead, slice(row, row + 1))
    maps = Attention(seen.tokens, seen.tokens, weights)
    last_row = ahead.logits[row].copy()
    return Looked(seen, maps, last_row, kept, looked.bits + bits, looked.ranks + ranks)


def _repeated(kept: Any, times: int) -> Any:
    """A copy of a text's keys and values, to be gone on with in so many ways."""
    import torch

    copied = copy.deepcopy(kept)
    if times > 1:
        copied.reorder_cache(torch.zeros(times, dtype=torch.long))
    return copied


def _and_then(kept: Any, ahead: Ahead, rows: slice) -> Any:
    """Keys and values with those of the tokens read ahead after them."""
    for layer, (keys, values) in enumerate(ahead.kept):
        kept.update(keys[rows], values[rows], layer)
    return kept


def tree(
    model: Any,
    tokenizer: Any,
    looked: Looked,
    width: int = 3,
    depth: int = DEPTH,
    first: Ahead | None = None,
) -> tuple[Branch, ...]:
    """The `width` likeliest tokens, the likeliest after each, and so on; one pass a level.

    The text itself is not read again: its keys and values are copied for each path. `first` are
    its likeliest tokens when they were read before.
    """
    import torch

    if width < 1 or depth < 1 or width**depth > 1000:
        raise InputError(f"A tree of {width} to the power {depth} branches cannot be drawn.")
    first = first or ahead(model, looked, width)
    chances = torch.tensor(looked.logits).softmax(-1)
    following: dict[tuple[int, ...], list[tuple[int, float]]] = {}
    following[()] = [(token, float(chances[token])) for token in first.ids[:width]]
    paths: list[tuple[int, ...]] = [(token,) for token in first.ids[:width]]
    logits = torch.tensor(first.logits[:width])
    kept = _and_then(_repeated(looked.kept, len(paths)), first, slice(width))
    for level in range(1, depth):
        best = logits.softmax(-1).topk(min(width, logits.shape[-1]))
        chosen = zip(paths, best.indices.tolist(), best.values.tolist(), strict=True)
        for path, tokens, shares in chosen:
            following[path] = list(zip(tokens, shares, strict=True))
        if level == depth - 1:
            break
        parents = torch.arange(len(paths)).repeat_interleave(best.indices.shape[1])
        paths = [(*path, token) for path in paths for token, _ in following[path]]
        kept.reorder_cache(parents)
        with without_learning():
            rows = best.indices.reshape(-1, 1)
            logits = model(input_ids=rows, past_key_values=kept).logits[:, -1].float()
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
