"""How a model generates text: its limits, and how it chooses each next token.

The names are transformers', those of the two penalties that it does not have OpenAI's. Every engine
applies them in one order, so that a value means the same with each model: repetition, presence and
frequency penalty, temperature, top_k, top_p, min_p. Penalties count the tokens of the prompt too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sampling:
    """The options of one text.

    `max_new_tokens`: it ends there at the latest. `stop`: it ends before the first of these
    strings. `temperature` 0 takes the likeliest token, and neither `top_k`, `top_p`, `min_p` nor
    `seed` matter. `top_k` 0, `top_p` 1, `min_p` 0, `repetition_penalty` 1 and the other penalties 0
    change nothing. One `seed` gives one text; without one each text is another. Of models that can
    (`HoldToSchema`, `TellLogprobs`, `CallTools`) the text is one of this `json_schema`, and the run
    is told the log probability of each token and of so many others (`top_logprobs`), and which of
    these `tools` are called, functions as OpenAI declares them.
    """

    max_new_tokens: int
    temperature: float = 0.0
    top_k: int = 50
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    stop: tuple[str, ...] = ()
    seed: int | None = None
    json_schema: Mapping[str, Any] | None = None
    top_logprobs: int | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
