"""Metrics of a model of lab 2 while it trains.

Loss and perplexity on held-out text, a sampled continuation of a fixed prompt, and the share of
held-out instructions answered exactly.
"""

from collections.abc import Sequence
from typing import Any

import torch

from pipelines.labs.training.batches import IGNORED, padded


def text_loss(logits: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Next-token cross-entropy in nats over every position of the windows: logits (windows, tokens,
    vocabulary), ids (windows, tokens) → a scalar."""
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), ids[:, 1:].flatten()
    )


def answer_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The same over the answers' tokens only; labels (rows, tokens) are IGNORED elsewhere."""
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=IGNORED
    )


@torch.inference_mode()
def held_out_loss(model: Any, windows: torch.Tensor, size: int) -> float:
    """Loss on held-out windows (windows, tokens), in batches of `size`; perplexity is its
    exponential."""
    total = 0.0
    for first in range(0, len(windows), size):
        batch = windows[first : first + size]
        total += float(text_loss(model(input_ids=batch).logits, batch)) * len(batch)
    return total / len(windows)


@torch.inference_mode()
def exact_answers(
    model: Any, rows: Sequence[tuple[list[int], list[int]]], pad: int, size: int
) -> tuple[int, float]:
    """How many answers greedy decoding gets exactly, and the loss on the answers.

    One teacher-forced pass, in batches of `size`, is enough: greedy decoding gives the answer and
    its end token if and only if each is the likeliest token after the true ones before it.
    """
    exact, total, tokens = 0, 0.0, 0
    for first in range(0, len(rows), size):
        ids, mask, labels = padded(rows[first : first + size], pad)
        logits = model(input_ids=ids, attention_mask=mask).logits
        wanted = labels[:, 1:]
        right = (logits[:, :-1].argmax(-1) == wanted) | (wanted == IGNORED)
        counted = int((wanted != IGNORED).sum())
        exact += int(right.all(-1).sum())
        total += float(answer_loss(logits, labels)) * counted
        tokens += counted
    return exact, total / tokens


@torch.inference_mode()
def sample(model: Any, tokenizer: Any, prompt: str, max_new_tokens: int = 40) -> str:
    """A continuation of the prompt, sampled with the same seed every time."""
    ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)["input_ids"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=max_new_tokens,
            do_sample=True,
            temperature=0.7,
            top_k=0,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=None,
        )
    return str(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=False))
