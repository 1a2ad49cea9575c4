"""The second column of lab 1: decoder-only models (GPT-2, Llama and their kin).

Pure functions over a loaded model and tokenizer: attention with its causal triangle, the
distribution that `generate` samples the next token from, and how surprising each token was.
Continuations of a text are in `continuations`.
"""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.errors import InputError
from pipelines.labs.families.attention import (
    MAX_TOKENS,
    Array,
    Attention,
    Reading,
    read,
    reading,
    stack,
    token_texts,
    without_learning,
)

if TYPE_CHECKING:
    import torch

LEAP = 16  # tokens by which the window moves
DEPTH = 3  # tokens of a branch of the tree, which can be taken at once


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that may come next. `raw` is the model's own probability, before the settings."""

    id: int
    token: str
    probability: float
    raw: float


@dataclass(frozen=True, slots=True)
class DecoderState:
    """The model's state after a text: attention, next-token logits, key-value cache."""

    reading: Reading
    attention: Attention
    logits: Array  # [vocabulary], before temperature, top-k and top-p
    kv_cache: Any  # transformers' cache of the text, from which generation continues
    bits: tuple[float, ...]  # surprisal of each token after the first
    ranks: tuple[int, ...]  # and which of the likeliest it was, from 1


@dataclass(frozen=True, slots=True)
class Surprise:
    """One token of a text. Surprisal in bits; None for the first, which nothing comes before."""

    id: int
    token: str
    surprisal: float | None
    rank: int | None  # 1 when it was the likeliest


def read_prompt(model: Any, tokenizer: Any, text: str, limit: int = MAX_TOKENS) -> Reading:
    """The prompt's tokens; one that is too long loses its start, since its end is continued."""
    whole = read(tokenizer, text, limit=10**9)
    room = min(limit, int(getattr(model.config, "max_position_embeddings", limit)) - 1)
    if len(whole.ids) <= room:
        return whole
    return reading(tokenizer, last(tokenizer, whole.ids, room), len(whole.ids) - room)


def window(tokenizer: Any, ids: Sequence[int], limit: int = MAX_TOKENS) -> tuple[int, ...]:
    """What the model reads of a text that grows: at most the last `limit` of its ids.

    It moves in steps of LEAP, so that the key-value cache of its beginning stays valid meanwhile.
    """
    beyond = max(0, len(ids) - limit)
    return last(tokenizer, ids, len(ids) - math.ceil(beyond / LEAP) * LEAP)


def last(tokenizer: Any, ids: Sequence[int], limit: int) -> tuple[int, ...]:
    """The last ids, `limit` of them. A special token that begins the text stays: a model that was
    always given one attends to it and goes wrong without."""
    if len(ids) <= limit:
        return tuple(ids)
    begin = tuple(ids[:1]) if limit > 1 and ids[0] in tokenizer.all_special_ids else ()
    return (*begin, *ids[len(ids) - limit + len(begin) :])


def look(
    model: Any, tokenizer: Any, ids: Sequence[int], before: DecoderState | None = None
) -> DecoderState:
    """Attention over the ids and the logits after them. Taking a token is ids + (its id,).

    `before` is the state after their beginning: only the rest goes through the model then.
    """
    import torch

    if not ids:
        raise InputError("The text is empty.", "Type a few words to go on from.")
    seen = reading(tokenizer, ids)
    if slides(model, len(ids)):
        before = None  # the window has moved: its cache lacks the beginning
    done = len(before.reading.ids) if before else 0
    # A copy: the same beginning may be continued in another way.
    kv_cache = copy.deepcopy(before.kv_cache) if before else None
    row = torch.tensor([list(ids[done:])])
    with without_learning():
        out = model(input_ids=row, past_key_values=kv_cache, output_attentions=True, use_cache=True)
        logits = out.logits[0].float()
        told = logits[:-1]  # the last token's successor is not known yet
        if before:
            told = torch.cat([torch.tensor(before.logits)[None], told])
        bits, ranks = surprises(told, torch.tensor(ids[max(done, 1) :], dtype=torch.long))
    weights = stack(out.attentions)
    if before:
        weights = under(before.attention.weights, weights)
        bits, ranks = before.bits + bits, before.ranks + ranks
    # A copy: the row would keep the logits of the whole text in memory.
    last_row = logits[-1].numpy().copy()
    maps = Attention(seen.tokens, seen.tokens, weights)
    return DecoderState(seen, maps, last_row, out.past_key_values, bits, ranks)


def slides(model: Any, length: int) -> bool:
    """Whether a text is longer than what the model sees of it at once."""
    return length > (getattr(model.config, "sliding_window", None) or length)


def under(above: Array, rows: Array) -> Array:
    """Attention rows of later tokens below those of a text, which the causal mask fills up."""
    later = rows.shape[3] - above.shape[3]
    return np.concatenate([np.pad(above, ((0, 0), (0, 0), (0, 0), (0, later))), rows], axis=2)


def distribution(
    logits: Array, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0
) -> Array:
    """Probabilities [vocabulary] that `generate(do_sample=True)` samples from with these settings.

    Made by transformers' own warpers in the order `generate` applies them. Cheap enough to call
    again while a slider moves: the model is not asked anew.
    """
    import torch
    from transformers import (
        LogitsProcessorList,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    if temperature <= 0:
        raise InputError("The temperature must be above 0.", "Take 0.01 for nearly no chance.")
    if not 0 < top_p <= 1:
        raise InputError("top_p must be above 0 and at most 1.")
    if top_k < 0:
        raise InputError("top_k must be 0 (all tokens) or more.")
    warpers = LogitsProcessorList()
    if temperature != 1.0:
        warpers.append(TemperatureLogitsWarper(float(temperature)))
    if top_k:
        warpers.append(TopKLogitsWarper(top_k=top_k))
    if top_p < 1.0:
        warpers.append(TopPLogitsWarper(top_p=float(top_p)))
    scores = warpers(torch.zeros((1, 0), dtype=torch.long), torch.tensor(logits)[None])
    probabilities: Array = scores[0].softmax(-1).numpy()
    return probabilities


def candidates(
    tokenizer: Any,
    logits: Array,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    shown: int = 15,
) -> list[Candidate]:
    """The likeliest next tokens, best first, for the bars."""
    warped = distribution(logits, temperature, top_k, top_p)
    raw = distribution(logits)
    # By the model's own order, so that a bar keeps its place while a slider cuts it away.
    best = np.argsort(-raw, kind="stable")[:shown]
    texts = token_texts(tokenizer, best.tolist())
    return [
        Candidate(int(i), text, float(warped[i]), float(raw[i]))
        for i, text in zip(best, texts, strict=True)
    ]


def surprisal(state: DecoderState) -> tuple[list[Surprise], float]:
    """How surprising each token was to the model, and the perplexity of the text."""
    seen = state.reading
    if len(seen.ids) < 2:
        raise InputError("One token has nothing before it to be surprising after.", "Write more.")
    told = [Surprise(seen.ids[0], seen.tokens[0], None, None)]
    told += [
        Surprise(*one)
        for one in zip(seen.ids[1:], seen.tokens[1:], state.bits, state.ranks, strict=True)
    ]
    return told, 2 ** (math.fsum(state.bits) / len(state.bits))


def surprises(
    logits: "torch.Tensor", targets: "torch.Tensor"
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Of each token its surprisal in bits, and which of the likeliest it was, from 1."""
    chances = logits.log_softmax(-1)
    own = chances.gather(-1, targets[:, None])
    bits = (-own[:, 0] / math.log(2)).tolist()
    ranks = ((chances > own).sum(-1) + 1).tolist()
    return tuple(bits), tuple(ranks)
