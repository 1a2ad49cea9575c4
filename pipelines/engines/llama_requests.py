"""llama.cpp's requests and answers, which are in the shape of OpenAI's chat completions.

Knows sampling options, messages and tokens, not how a model is loaded or run.
"""

import base64
import io
from typing import Any, TypeAlias

from pipelines.engines.json_schemas import for_llama
from pipelines.errors import InputError, ModelError
from pipelines.inputs import Picture
from pipelines.inputs.messages import Message
from pipelines.outputs import Logprob, TokenLogprobs
from pipelines.sampling import Sampling

Request: TypeAlias = dict[str, Any]  # of the OpenAI API, and llama.cpp's own

CONTEXT = 8192  # tokens that all running chats share
FIRST_CONTEXT = 2048  # until more are needed
NEVER = -9999.0  # OpenAI's number for a token that could not come: infinity is no JSON


class ConversationTooLongError(InputError):
    """It is longer than llama.cpp's context, which read none of it."""


def sampling_options(sampling: Sampling) -> Request:
    """The options under llama.cpp's names; its own defaults are others than transformers'."""
    return {
        "stream": True,
        "return_progress": True,  # an event after each batch, so that reading can be stopped
        "max_tokens": sampling.max_new_tokens,
        "samplers": ["penalties", "temperature", "top_k", "top_p", "min_p"],
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "repeat_last_n": CONTEXT,  # the penalties look at the whole text
        "repeat_penalty": sampling.repetition_penalty,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        **_asked(sampling),
    }


def _asked(sampling: Sampling) -> Request:
    """What is asked for besides. Without any other token llama.cpp tells no probabilities."""
    asked: Request = {}
    if sampling.json_schema is not None:
        asked["grammar"] = for_llama(sampling.json_schema)
    if sampling.top_logprobs is not None:
        asked["n_probs"] = max(1, sampling.top_logprobs)
    return asked


def tool_options(sampling: Sampling) -> Request:
    """The functions for the template. llama.cpp has grammars of its own for calls, which pass over
    half of what a schema can say, so a text that is held already is none of its calls."""
    if not sampling.tools:
        return {}
    free = sampling.json_schema is None
    # One call at a time: that is all that a held text can be, too.
    choice = {"tool_choice": "auto" if free else "none", "parallel_tool_calls": False}
    return {"tools": [*sampling.tools], **choice}


def token_logprobs(choice: dict[str, Any], others: int) -> list[TokenLogprobs]:
    """The log probabilities of a chunk's tokens."""
    told = (choice.get("logprobs") or {}).get("content") or []
    return [
        {**_logprob(one), "top_logprobs": [_logprob(o) for o in one["top_logprobs"][:others]]}
        for one in told
    ]


def _logprob(told: dict[str, Any]) -> Logprob:
    logprob = max(told["logprob"], NEVER)
    return {"token": told["token"], "logprob": logprob, "bytes": told["bytes"]}


def openai_message(message: Message) -> dict[str, Any]:
    """A message with its pictures as data URLs before the text."""
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": _data_url(image)}}
        for image in message.get("images", ())
    ]
    text = {"type": "text", "text": message["content"]}
    return {"role": message["role"], "content": [*parts, text] if parts else message["content"]}


def _data_url(image: Picture) -> str:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)  # decoded again at once: speed matters, not size
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def user_error(error: dict[str, Any]) -> InputError | ModelError:
    """The error to show for one that llama.cpp answered with."""
    if error.get("type") == "exceed_context_size_error":
        return ConversationTooLongError(
            f"The conversation has {error['n_prompt_tokens']:,} tokens; "
            f"{error['n_ctx']:,} fit the model's context.",
            "Start a new conversation or shorten the text.",
        )
    return ModelError("llama.cpp refused this request.", str(error.get("message", "")))
