"""Sampling with a generator of random numbers of its own, and the penalties of OpenAI's API.

`generate` samples with torch's one generator of the process, so that runs side by side would
change each other's text. By the Gumbel-max trick the likeliest token after noise was added to the
scores is a sample of their distribution: `generate` is asked to decode greedily, and the noise
comes from here.
"""

from typing import Any

import torch
import transformers

from pipelines.sampling import Sampling


def sampling_options(sampling: Sampling) -> dict[str, Any]:
    """Options of `generate`; what a model's own generation_config says of these does not count."""
    processors: list[Any] = []
    if sampling.presence_penalty or sampling.frequency_penalty:
        processors.append(Penalties(sampling.presence_penalty, sampling.frequency_penalty))
    if sampling.temperature:
        processors.append(Sampler(sampling))
    return {
        "do_sample": False,
        "repetition_penalty": sampling.repetition_penalty,
        "logits_processor": processors,
    }


class Penalties(transformers.LogitsProcessor):  # type: ignore[misc]  # untyped base
    """Less for a token that is in the text already: `presence` once, `frequency` each time."""

    def __init__(self, presence: float, frequency: float) -> None:
        self._presence = presence
        self._frequency = frequency

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores without the penalties."""
        counts = torch.zeros_like(scores)
        counts.scatter_add_(1, input_ids, torch.ones_like(input_ids, dtype=scores.dtype))
        return scores - self._frequency * counts - self._presence * (counts > 0)


class Sampler(transformers.LogitsProcessor):  # type: ignore[misc]  # untyped base
    """Temperature, top-k, top-p and min-p as `generate` applies them, then Gumbel noise."""

    def __init__(self, sampling: Sampling) -> None:
        self._warpers: list[Any] = [transformers.TemperatureLogitsWarper(sampling.temperature)]
        if sampling.top_k:
            self._warpers.append(transformers.TopKLogitsWarper(sampling.top_k))
        if sampling.top_p < 1:
            self._warpers.append(transformers.TopPLogitsWarper(sampling.top_p))
        if sampling.min_p:
            self._warpers.append(transformers.MinPLogitsWarper(sampling.min_p))
        self._seed = sampling.seed
        self._generator: torch.Generator | None = None

    def warped(self, input_ids: Any, scores: torch.Tensor) -> torch.Tensor:
        """The scores whose softmax is the distribution that is sampled."""
        scores = scores.float()
        for warp in self._warpers:
            scores = warp(input_ids, scores)
        return scores

    def __call__(self, input_ids: Any, scores: torch.Tensor) -> torch.Tensor:
        """The scores with noise, so that their maximum is a sample."""
        if self._generator is None:
            self._generator = torch.Generator(scores.device)
            if self._seed is None:
                self._generator.seed()
            else:
                self._generator.manual_seed(self._seed)
        scores = self.warped(input_ids, scores)
        exponential = torch.empty_like(scores).exponential_(generator=self._generator)
        return scores - exponential.clamp_min(torch.finfo(scores.dtype).tiny).log()
