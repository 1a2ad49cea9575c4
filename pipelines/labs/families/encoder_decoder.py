"""The third column of lab 1: encoder-decoder models (Marian, T5, BART), one sequence into another.

Pure functions over a loaded model and tokenizer: generation step by step with the cross-attention
of each step, the alignment of target and source, and beam search with every beam it kept.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.engines.transformers.languages import TOKEN_PATTERNS, translation_prompt
from pipelines.errors import InputError
from pipelines.labs.families.attention import (
    Array,
    Attention,
    Reading,
    read,
    stack,
    token_texts,
    without_learning,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One generated token: what could have come, and where the model looked in the source.

    `cross` is [layers, heads, source tokens]; `candidates` are (token, probability), best first.
    """

    id: int
    token: str
    probability: float
    candidates: tuple[tuple[str, float], ...]
    cross: Array


@dataclass(frozen=True, slots=True)
class Translated:
    """A whole greedy generation.

    `encoder` is the attention within the source; `alignment` [target, source] the mean of the
    cross-attention over all layers and heads, each row summing to 1.
    """

    source: Reading
    steps: tuple[Step, ...]
    text: str
    encoder: Attention
    alignment: Array


@dataclass(frozen=True, slots=True)
class Beam:
    """A node of the beams' tree: a token kept at a step, after `parent` (an index, -1 the root).

    `score` is the sum of log-probabilities so far; `finished` tells a beam that ended here, and
    `chosen` a node on the path of the text that won.
    """

    step: int
    parent: int
    id: int
    token: str
    score: float
    finished: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Beams:
    """Beam search drawn out: its tree, and the finished texts with their scores, best first."""

    nodes: tuple[Beam, ...]
    texts: tuple[tuple[str, float], ...]


def prompt(model: Any, tokenizer: Any, text: str, target: str = "fr") -> tuple[str, dict[str, Any]]:
    """The English text as the model's family is asked to translate it, and options of `generate`.

    Also sets the tokenizer's source language: to be called before tokenizing. Models that do not
    translate (BART) take the text alone.
    """
    if not text.strip():
        raise InputError("The text is empty.", "Type a sentence.")
    kind = model.config.model_type
    if kind != "t5" and kind not in TOKEN_PATTERNS:
        return text, {}
    return translation_prompt(Path(model.name_or_path), kind, tokenizer, text, "en", target)


def translate(
    model: Any, tokenizer: Any, text: str, max_new_tokens: int = 64, shown: int = 8, **options: Any
) -> Translated:
    """Greedy generation with everything that can be seen on the way.

    `options` go to `generate` (forced_bos_token_id, for a model of many languages).
    """
    import torch

    source = read(tokenizer, text)
    with without_learning():
        out = model.generate(
            **_inputs(source),
            max_new_tokens=max_new_tokens,
            num_beams=1,
            do_sample=False,
            return_dict_in_generate=True,
            output_attentions=True,
            output_scores=True,
            **options,
        )
        chances = [scores[0].float().softmax(-1) for scores in out.scores]
    ids = out.sequences[0, -len(chances) :].tolist()
    texts = token_texts(tokenizer, ids)
    steps = []
    for number, (i, token) in enumerate(zip(ids, texts, strict=True)):
        best = torch.topk(chances[number], min(shown, len(chances[number])))
        names = token_texts(tokenizer, best.indices.tolist())
        steps.append(
            Step(
                id=i,
                token=token,
                probability=float(chances[number][i]),
                candidates=tuple(zip(names, best.values.tolist(), strict=True)),
                cross=stack(out.cross_attentions[number])[:, :, -1],
            )
        )
    return Translated(
        source=source,
        steps=tuple(steps),
        text=str(tokenizer.decode(ids, skip_special_tokens=True)),
        encoder=Attention(source.tokens, source.tokens, stack(out.encoder_attentions)),
        alignment=np.stack([step.cross.mean((0, 1)) for step in steps]),
    )


def beam_search(
    model: Any,
    tokenizer: Any,
    text: str,
    num_beams: int = 4,
    max_new_tokens: int = 64,
    **options: Any,
) -> Beams:
    """transformers' own beam search, its live beams written down at every step."""
    from transformers import LogitsProcessorList

    source = read(tokenizer, text)
    seen: list[list[tuple[int, ...]]] = []
    rows: list[Any] = []

    def write_down(sequences: Any, scores: Any) -> Any:
        # Called by `generate` with the live beams and the log-probabilities of what follows each.
        seen.append([tuple(row) for row in sequences.tolist()])
        rows.append(scores.detach().clone())
        return scores

    with without_learning():
        out = model.generate(
            **_inputs(source),
            max_new_tokens=max_new_tokens,
            num_beams=num_beams,
            num_return_sequences=num_beams,
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
            logits_processor=LogitsProcessorList([write_down]),
            **options,
        )
    start = len(seen[0][0])
    # Score of every prefix that was ever alive, from the log-probabilities of its last token.
    score: dict[tuple[int, ...], float] = {seen[0][0]: 0.0}
    following: dict[tuple[int, ...], Any] = {}
    for beams, after in zip(seen, rows, strict=True):
        for prefix, chances in zip(beams, after, strict=True):
            if prefix not in score:
                score[prefix] = score[prefix[:-1]] + float(following[prefix[:-1]][prefix[-1]])
            following.setdefault(prefix, chances)
    ends = _ends(out.sequences.tolist(), start, model.generation_config.eos_token_id, following)
    for end in ends:
        if end not in score:
            score[end] = score[end[:-1]] + float(following[end[:-1]][end[-1]])
    prefixes = sorted((p for p in score if len(p) > start), key=lambda p: (len(p), -score[p]))
    place = {prefix: number for number, prefix in enumerate(prefixes)}
    texts = token_texts(tokenizer, [prefix[-1] for prefix in prefixes])
    won = ends[0]
    nodes = tuple(
        Beam(
            step=len(prefix) - start,
            parent=place.get(prefix[:-1], -1),
            id=prefix[-1],
            token=token,
            score=score[prefix],
            finished=prefix in ends,
            chosen=won[: len(prefix)] == prefix,
        )
        for prefix, token in zip(prefixes, texts, strict=True)
    )
    finished = tuple(
        (str(tokenizer.decode(end, skip_special_tokens=True)), float(value))
        for end, value in zip(ends, out.sequences_scores.tolist(), strict=True)
    )
    return Beams(nodes, finished)


def _ends(
    sequences: list[list[int]], start: int, eos: int | list[int] | None, alive: dict[Any, Any]
) -> list[tuple[int, ...]]:
    """The returned sequences without their padding."""
    stops = set(eos) if isinstance(eos, list) else {eos}
    ends = []
    for row in sequences:
        at = next((n for n in range(start, len(row)) if row[n] in stops), len(row) - 1)
        end = tuple(row[: at + 1])
        while end[:-1] not in alive and len(end) > start + 1:  # padding of an unfinished beam
            end = end[:-1]
        ends.append(end)
    return ends


def _inputs(source: Reading) -> dict[str, Any]:
    import torch

    ids = torch.tensor([source.ids])
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
