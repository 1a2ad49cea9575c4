"""/v1/chat/completions: the answer to a conversation, whole or as server-sent events."""

import time
import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from api.calls import Calls
from api.openai import streaming, tools
from api.openai.sampled import Sampled
from api.openai.shapes import (
    ChatChunk,
    ChatCompletion,
    ChatLogprobs,
    ChatMessage,
    ChunkChoice,
    Delta,
    answers,
)
from api.openai.tools import CalledTool, NamedTool
from pipelines.errors import InputError
from pipelines.inputs.source import is_address
from pipelines.outputs import GeneratedText, TokenLogprobs
from pipelines.playground import Answer
from pipelines.run import Request

# Of a conversation with pictures the likeliest words are written: these options change nothing, nor
# do others with these values; the rest is refused, by the names that it was sent under.
UNSAMPLED = {"max_new_tokens", "top_p", "top_k", "min_p", "seed"}
NEUTRAL = {
    "temperature": 0,
    "repetition_penalty": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
}
OPENAI_NAMES = {
    "json_schema": "response_format",
    "top_logprobs": "logprobs",
    "num_return_sequences": "n",
}
ROLES = {"developer": "system", "tool": "user"}  # the first is OpenAI's newer name


class Message(BaseModel):
    """One turn; its content is a text, or parts of text and pictures. A turn's `name` counts for
    nothing, as templates have no place for it."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[CalledTool] | None = None  # of the assistant
    tool_call_id: str | None = None  # of a tool's result


class ChatRequest(Sampled):
    """OpenAI's request. Fields that would change the answer and have no effect here are refused."""

    messages: list[Message] = Field(min_length=1)
    tools: list[Any] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = None  # a model may call several: it calls one
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)

    def options(self) -> dict[str, Any]:
        """The task's options."""
        options = super().options()
        if self.logprobs:
            options["top_logprobs"] = self.top_logprobs or 0
        return {**options, **tools.options(self.tools, self.tool_choice)}


def router(calls: Calls) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.post("/chat/completions", responses=answers(ChatCompletion, ChatChunk))
    async def chat(request: HttpRequest, body: ChatRequest) -> Response:
        """Answer a conversation."""
        _check(body)
        asked = _asked(body)
        name = f"chatcmpl-{uuid.uuid4().hex}"
        if not body.stream:
            answer = await calls.answer(request, asked)
            return JSONResponse(_whole(name, answer))
        pieces = await streaming.started(streaming.pieces(calls, request, asked))
        chunk = partial(_chunk, name, int(time.time()))
        return streaming.response(streaming.events(pieces, body, _chunk_choice, chunk))

    return routes


def _check(body: ChatRequest) -> None:
    body.check_stream()
    if body.top_logprobs and not body.logprobs:
        raise InputError("top_logprobs goes with logprobs.", "Set logprobs to true.")


def _asked(body: ChatRequest) -> Request:
    """The run that is asked for; a conversation with pictures is for vision-language models."""
    messages = _messages(body.messages)
    options = body.options()
    if not any(one.get("images") for one in messages):
        return Request("text-generation", {"prompt": messages}, options, body.model)
    if others := [
        one for one in options if one not in UNSAMPLED and NEUTRAL.get(one) != options[one]
    ]:
        names = ", ".join(OPENAI_NAMES.get(one, one) for one in others)
        raise InputError(f"Not for conversations with pictures: {names}.", "Leave it out.")
    shown = [(at, image) for at, one in enumerate(messages) for image in one.get("images", ())]
    at, image = shown[-1]
    earlier = messages[at]["images"][:-1]
    messages[at] = {key: value for key, value in messages[at].items() if key != "images"}
    if earlier:
        messages[at]["images"] = earlier
    kept = {"max_new_tokens": options["max_new_tokens"]}
    return Request("image-text-to-text", {"image": image, "text": messages}, kept, body.model)


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The turns; calls and their results as text."""
    names = {call.id: call.function.name for one in messages for call in one.tool_calls or ()}
    read = []
    for one in messages:
        turn = _message(one)
        if one.tool_calls:
            turn["content"] = "\n".join(
                filter(None, [turn["content"], tools.as_text(one.tool_calls)])
            )
        if one.role == "tool":
            if one.tool_call_id not in names:
                raise InputError(
                    "A tool's message answers no call of this conversation.",
                    "Send the assistant's message with its tool_calls, and the call's id.",
                )
            turn["content"] = f"{names[one.tool_call_id]} returned: {turn['content']}"
        read.append(turn)
    return read


def _message(message: Message) -> dict[str, Any]:
    role = ROLES.get(message.role, message.role)
    if not isinstance(message.content, list):
        return {"role": role, "content": message.content or ""}
    texts: list[str] = []
    images: list[dict[str, Any]] = []
    for part in message.content:
        match part:
            case {"type": "text", "text": str(text)}:
                texts.append(text)
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                if not is_address(url):
                    raise InputError(
                        "image_url is neither an https address nor a data URL.",
                        "Send https://… or data:image/png;base64,….",
                    )
                images.append({"url": url})
            case _:
                raise InputError(
                    "A part of a message is a text or an image_url.",
                    'Send {"type": "text", "text": "…"} or '
                    '{"type": "image_url", "image_url": {"url": "…"}}.',
                )
    given = {"role": role, "content": "\n".join(texts)}
    return {**given, "images": images} if images else given


def _whole(name: str, answer: Answer) -> ChatCompletion:
    facts = answer.facts
    assert facts is not None
    texts = streaming.written(answer)
    return {
        "id": name,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": facts.model,
        "choices": [
            {
                "index": index,
                "message": _answered(one),
                "finish_reason": reason,
                "logprobs": _logprobs(one.get("logprobs")),
            }
            for index, (one, reason) in enumerate(zip(texts, streaming.reasons(facts), strict=True))
        ],
        "usage": streaming.usage(facts, len(texts)),
        "notes": list(answer.notes),
    }


def _answered(text: GeneratedText) -> ChatMessage:
    told: ChatMessage = {"role": "assistant", "content": text["generated_text"]}
    if calls := text.get("tool_calls"):
        told["content"] = text["generated_text"] or None
        told["tool_calls"] = tools.whole(calls)
    return told


def _logprobs(tokens: Sequence[TokenLogprobs] | None) -> ChatLogprobs | None:
    if tokens is None:
        return None
    return {"content": [{**one} for one in tokens], "refusal": None}


def _chunk(name: str, created: int, model: str, *choices: ChunkChoice) -> ChatChunk:
    return {
        "id": name,
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "choices": [*choices],
    }


def _chunk_choice(piece: streaming.Piece) -> ChunkChoice:
    delta: Delta = {"content": piece.text}
    if piece.calls:
        delta = {"tool_calls": [*piece.calls]}
        if piece.text:
            delta["content"] = piece.text
    return {
        "index": piece.index,
        "delta": {"role": "assistant", **delta} if piece.first else delta,
        "finish_reason": piece.reason,
        "logprobs": _logprobs(piece.logprobs),
    }
