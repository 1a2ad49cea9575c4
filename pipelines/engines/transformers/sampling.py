"""Sampling with a generator of random numbers of its own.

`generate` samples with torch's one generator of the process, so that runs side by side would
change each other's text. By the Gumbel-max trick the likeliest token after noise was added to the
scores is a sample of their distribution: `generate` is asked to decode greedily, and the noise
comes from here.
"""

from typing import Any

import torch
import transformers

DEFAULT_TOP_K = 50  # of transformers' GenerationConfig


def sampling_options(
    model: Any, *, temperature: float, top_p: float, seed: int | None
) -> dict[str, Any]:
    """Options of `generate`: greedy for temperature 0, else sampled with this seed."""
    if temperature == 0:
        return {"do_sample": False}
    top_k = getattr(model.generation_config, "top_k", None)
    top_k = DEFAULT_TOP_K if top_k is None else top_k
    return {"do_sample": False, "logits_processor": [Sampler(temperature, top_k, top_p, seed)]}


class Sampler(transformers.LogitsProcessor):  # type: ignore[misc]  # untyped base
    """Temperature, top-k and top-p as `generate` applies them, then Gumbel noise."""

    def __init__(self, temperature: float, top_k: int, top_p: float, seed: int | None) -> None:
        self._warpers: list[Any] = [transformers.TemperatureLogitsWarper(temperature)]
        if top_k:
            self._warpers.append(transformers.TopKLogitsWarper(top_k))
        if top_p < 1:
            self._warpers.append(transformers.TopPLogitsWarper(top_p))
        self._seed = seed
        self._generator: torch.Generator | None = None

    def __call__(self, input_ids: Any, scores: torch.Tensor) -> torch.Tensor:
        """The scores with noise, so that their maximum is a sample."""
        if self._generator is None:
            self._generator = torch.Generator(scores.device)
            if self._seed is None:
                self._generator.seed()
            else:
                self._generator.manual_seed(self._seed)
        scores = scores.float()
        for warp in self._warpers:
            scores = warp(input_ids, scores)
        exponential = torch.empty_like(scores).exponential_(generator=self._generator)
        return scores - exponential.clamp_min(torch.finfo(scores.dtype).tiny).log()
