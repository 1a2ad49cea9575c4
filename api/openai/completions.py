"""/v1/completions: a text is continued, without a chat template."""

import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from typing import Any

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from api.calls import Calls, notes
from api.openai import streaming
from api.openai.sampled import MOST_TEXTS, Sampled
from api.openai.shapes import TextChoice, TextCompletion, TextLogprobs, answers
from pipelines.errors import InputError, PlaygroundError
from pipelines.outputs import TokenLogprobs
from pipelines.playground import Facts
from pipelines.run import Request

TASK = "text-generation"
DEFAULT_TOKENS = 16  # as OpenAI's


class CompletionRequest(Sampled):
    """OpenAI's request, with one prompt or several."""

    prompt: str | list[str]
    echo: bool = False
    logprobs: int | None = Field(None, ge=0, le=20)
    suffix: str | None = None
    best_of: int | None = Field(None, ge=1, le=MOST_TEXTS)

    def options(self) -> dict[str, Any]:
        """The task's options."""
        options = {**super().options(), "mode": "continue"}
        if self.max_tokens is None and self.max_completion_tokens is None:
            options["max_new_tokens"] = DEFAULT_TOKENS
        if self.logprobs is not None:
            options["top_logprobs"] = self.logprobs
        return options


def router(calls: Calls) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.post("/completions", responses=answers(TextCompletion, TextCompletion))
    async def completions(request: HttpRequest, body: CompletionRequest) -> Response:
        """Continue a text."""
        prompts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
        _check(body, prompts, calls.playground.settings.max_batch)
        name = f"cmpl-{uuid.uuid4().hex}"
        options = body.options()
        runs = [Request(TASK, {"prompt": prompt}, options, body.model) for prompt in prompts]
        if body.stream:
            pieces = await streaming.started(_pieces(calls, request, body.n, runs))
            choice = partial(_streamed_choice, body, prompts)
            return streaming.response(streaming.events(pieces, body, choice, partial(_whole, name)))
        choices: list[TextChoice] = []
        used: Counter[str] = Counter()
        facts: Facts | None = None
        noted: dict[str, None] = {}
        for prompt, asked in zip(prompts, runs, strict=True):
            answer = await calls.answer(request, asked)
            facts, texts = answer.facts, streaming.written(answer)
            assert facts is not None
            noted |= dict.fromkeys(answer.notes)
            echoed = prompt if body.echo else ""
            for one, reason in zip(texts, streaming.reasons(facts), strict=True):
                text = echoed + one["generated_text"]
                logprobs = _logprobs(one.get("logprobs"), body.logprobs)
                choices.append(_choice(len(choices), text, reason, logprobs))
            used.update(dict(streaming.usage(facts, len(texts))))
        assert facts is not None
        whole = {**_whole(name, facts.model, *choices), "usage": used}
        return JSONResponse(whole, headers=notes([*noted]))

    return routes


def _check(body: CompletionRequest, prompts: list[str], most: int) -> None:
    """Raise InputError for what is not supported here."""
    body.check_stream()
    if body.suffix or (body.best_of or body.n) != body.n:
        raise InputError("suffix and best_of are not done here.", "Leave them out.")
    if body.echo and body.logprobs is not None:
        raise InputError("Of a prompt no probabilities are told.", "Leave echo or logprobs out.")
    if not prompts:
        raise InputError("There is no prompt.", "Send a text.")
    if len(prompts) > most:
        raise InputError(
            f"There are {len(prompts):,} prompts; {most} are the limit.", "Send fewer."
        )


async def _pieces(
    calls: Calls, request: HttpRequest, texts: int, runs: Sequence[Request]
) -> AsyncIterator[streaming.Piece]:
    """The texts of one run after another, counted through; errors as of `streaming.pieces`."""
    for number, run in enumerate(runs):
        try:
            async for piece in streaming.pieces(calls, request, run):
                yield replace(piece, index=number * texts + piece.index)
                if piece.error is not None:
                    return
        except PlaygroundError as error:
            if not number:
                raise
            yield streaming.failed(run.model, error)
            return


def _whole(name: str, model: str, *choices: TextChoice) -> TextCompletion:
    return {
        "id": name,
        "object": "text_completion",
        "created": int(time.time()),
        "model": model,
        "choices": [*choices],
    }


def _choice(index: int, text: str, reason: str | None, logprobs: TextLogprobs | None) -> TextChoice:
    return {"index": index, "text": text, "finish_reason": reason, "logprobs": logprobs}


def _streamed_choice(
    body: CompletionRequest, prompts: Sequence[str], piece: streaming.Piece
) -> TextChoice:
    prompt = prompts[piece.index // body.n]
    echoed = prompt if body.echo and piece.first else ""
    logprobs = _logprobs(piece.logprobs, body.logprobs, piece.offset)
    return _choice(piece.index, echoed + piece.text, piece.reason, logprobs)


def _logprobs(
    tokens: Sequence[TokenLogprobs] | None, others: int | None, offset: int = 0
) -> TextLogprobs | None:
    """The tokens in this route's older form, with the offset of each in the text."""
    if tokens is None:
        return None
    texts = [one["token"] for one in tokens]
    starts = [*accumulate((len(text) for text in texts), initial=offset)]
    top = [{o["token"]: o["logprob"] for o in one["top_logprobs"]} for one in tokens]
    return {
        "tokens": texts,
        "token_logprobs": [one["logprob"] for one in tokens],
        "top_logprobs": top if others else None,
        "text_offset": starts[:-1],
    }
