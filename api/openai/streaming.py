"""Generated text in pieces, as server-sent events."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from starlette.requests import Request as HttpRequest
from starlette.responses import StreamingResponse
from starlette.types import Send

from api.calls import Calls
from api.errors import status_of
from api.openai import tools
from api.openai.sampled import Sampled
from api.openai.shapes import Error, ToolCallDelta, Usage
from pipelines.errors import PlaygroundError
from pipelines.outputs import GeneratedText, TokenLogprobs
from pipelines.playground import Answer, Facts
from pipelines.run import Request

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # proxies must not buffer it
DONE = "data: [DONE]\n\n"
T = TypeVar("T")


@dataclass(frozen=True)
class Piece:
    """New text of one of the generated texts; the last piece of a text has its finish reason.

    The very last piece has the run's facts and notes; an error that ends the run early is a piece,
    too.
    `offset` is the number of characters of the tokens before those in `logprobs`.
    """

    text: str
    model: str
    index: int = 0
    first: bool = False
    reason: str | None = None
    logprobs: tuple[TokenLogprobs, ...] | None = None
    offset: int = 0
    facts: Facts | None = None
    error: Error | None = None
    calls: tuple[ToolCallDelta, ...] = ()
    notes: tuple[str, ...] = ()


async def pieces(
    calls: Calls, http: HttpRequest, asked: Request, headers: dict[str, str] | None = None
) -> AsyncIterator[Piece]:
    """The answer of a run in pieces; `headers` as of `Calls.stream`.

    Raises:
        PlaygroundError: before the first piece; a later one is a piece itself, since the status of
            the response has been sent by then.
    """
    sent: list[_Sent] = []
    begun = False
    try:
        async with calls.stream(http, asked, headers=headers) as answers:
            async for answer in answers:
                texts = written(answer)
                sent += [_Sent(index) for index in range(len(sent), len(texts))]
                for one, text in zip(sent, texts, strict=False):
                    last = one.index == len(texts) - 1
                    if piece := one.piece(text, answer, asked.model, last):
                        begun = True
                        yield piece
    except PlaygroundError as error:
        if not begun:
            raise
        yield failed(asked.model, error)


def failed(model: str, error: PlaygroundError) -> Piece:
    """The piece that ends a stream early."""
    return Piece("", model, error=error_body(str(error), *status_of(error)))


class _Sent:
    """How much of one text was sent."""

    def __init__(self, index: int) -> None:
        self.index = index
        self._begun = False
        self._text = ""
        self._tokens = self._offset = 0  # how many, and their characters
        self._calls = tools.Growing()

    def piece(self, text: GeneratedText, answer: Answer, model: str, last: bool) -> Piece | None:
        """The next piece, if there is new text; of a final answer always."""
        whole, facts = text["generated_text"], answer.facts
        # The final text is stripped: white space that was sent already cannot be taken back.
        new = whole[len(self._text) :] if whole.startswith(self._text) else ""
        calls = tuple(self._calls.new(text.get("tool_calls", ())))
        if not (new or calls or facts):
            return None
        tokens = text["logprobs"][self._tokens :] if "logprobs" in text else None
        piece = Piece(
            new,
            answer.model or model,
            self.index,
            not self._begun,
            reasons(facts)[self.index] if facts else None,
            None if tokens is None else tuple(tokens),
            self._offset,
            facts if last else None,
            calls=calls,
            notes=answer.notes if last and facts else (),
        )
        self._begun = True
        self._text += new
        self._tokens += len(tokens or ())
        self._offset += sum(len(one["token"]) for one in tokens or ())
        return piece


async def events(
    pieces: AsyncIterator[Piece],
    asked: Sampled,
    choice: Callable[[Piece], Any],
    chunk: Callable[..., Mapping[str, Any]],
) -> AsyncIterator[str]:
    """OpenAI's chunks as server-sent events, one for each piece, and one for the usage if asked.

    `choice` makes a chunk's choice of a piece, `chunk` a chunk of a model's name and choices.
    """
    used: Counter[str] = Counter()
    model = asked.model
    async for piece in pieces:
        if piece.error is not None:
            yield event(piece.error)
            return
        told = chunk(piece.model, choice(piece))
        yield event({**told, "notes": piece.notes} if piece.notes else told)
        if piece.facts:
            used.update(dict(usage(piece.facts, asked.n)))
            model = piece.model
    if asked.tells_usage:
        yield event({**chunk(model), "usage": used})
    yield DONE


def written(answer: Answer) -> Sequence[GeneratedText]:
    """The texts of an answer, which may be one or several."""
    return answer.value if isinstance(answer.value, list) else [answer.value]


def reasons(facts: Facts) -> Sequence[str]:
    """The finish reason of each text."""
    return facts.finish_reasons or (facts.finish_reason or "stop",)


async def started(pieces: AsyncIterator[T]) -> AsyncIterator[T]:
    """Wait for the first piece, so that an error before it has an HTTP status; returns them all."""
    first = await anext(pieces)

    async def everything() -> AsyncIterator[T]:
        yield first
        async for piece in pieces:
            yield piece

    return everything()


class Stream(StreamingResponse):
    """A response that closes its pieces however it ends, so that the run behind them ends too."""

    async def stream_response(self, send: Send) -> None:
        """Send them."""
        try:
            await super().stream_response(send)
        finally:
            await self.body_iterator.aclose()  # type: ignore[attr-defined]  # a generator


def response(
    events: AsyncIterator[str], headers: Mapping[str, str] = MappingProxyType({})
) -> StreamingResponse:
    """Server-sent events as a response."""
    return Stream(events, media_type="text/event-stream", headers={**HEADERS, **headers})


def error_body(sentence: str, status: int, code: str | None = None) -> Error:
    """OpenAI's form of an error."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"error": {"message": sentence, "type": kind, "param": None, "code": code}}


def event(data: Any) -> str:
    """One server-sent event."""
    return f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


def usage(facts: Facts, sequences: int = 1) -> Usage:
    """The number of tokens in the prompt and the texts, where the engine counts them; a prompt that
    was read for each of several sequences counts once."""
    read, wrote = (facts.prompt_tokens or 0) // sequences, facts.tokens or 0
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
