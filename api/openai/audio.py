"""/v1/audio: transcriptions, translations into English, and speech."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Form, UploadFile
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Send

from api.calls import Calls, notes
from api.errors import status_of
from api.openai import parameters, streaming
from api.openai.shapes import (
    TranscriptEvent,
    Transcription,
    TranscriptSegment,
    TranscriptWord,
    answers,
)
from api.sound_formats import MEDIA_TYPES, SoundFile
from pipelines import Playground
from pipelines.errors import InputError, PlaygroundError
from pipelines.model_voices import voices_of
from pipelines.playground import Answer
from pipelines.registry import task as find_task
from pipelines.run import Request
from pipelines.subtitles import srt, timed_pieces, webvtt

TASK, SPEECH = "automatic-speech-recognition", "text-to-speech"
DEFAULT_VOICE = "default"
TRANSLATION = ("file", "model", "response_format")
TRANSCRIPTION = (*TRANSLATION, "language", "stream", "timestamp_granularities[]")
Format = Literal["json", "text", "srt", "vtt", "verbose_json"]
PLAIN: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}
SOUNDS: dict[str, Any] = {
    kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()
}


class SpeechRequest(parameters.Body):
    """OpenAI's request. Its clients must name a voice: a name that the model does not have, such as
    "alloy" or "default", is its first."""

    input: str
    model: str = "auto"
    voice: str | dict[str, Any] = DEFAULT_VOICE
    response_format: Literal["wav", "flac", "mp3"] = "mp3"
    stream_format: Literal["audio"] = "audio"
    speed: float = Field(1.0, ge=0.5, le=2)


def router(calls: Calls) -> APIRouter:
    """The routes."""
    routes = APIRouter()
    written = answers(Transcription, TranscriptEvent, media=PLAIN)

    @routes.post("/audio/transcriptions", responses=written)
    async def transcriptions(
        request: HttpRequest,
        file: UploadFile,
        model: Annotated[str, Form()] = "auto",
        language: Annotated[str | None, Form()] = None,
        response_format: Annotated[Format, Form()] = "json",
        stream: Annotated[bool, Form()] = False,
        timestamp_granularities: Annotated[
            list[Literal["segment", "word"]], Form(alias="timestamp_granularities[]", max_length=2)
        ] = ["segment"],  # noqa: B006  # never changed
    ) -> Response:
        """Write down what is said."""
        await parameters.only(request, TRANSCRIPTION)
        words = "word" in timestamp_granularities
        if words and response_format != "verbose_json":
            raise InputError(
                "Word timestamps come with verbose_json only.", "Set response_format to it."
            )
        if stream and response_format not in ("json", "text"):
            raise InputError(f"{response_format} is not streamed.", "Set response_format to json.")
        options: dict[str, Any] = {"language": language, "task": "transcribe"}
        inputs = {"audio": await file.read()}
        if stream:
            headers: dict[str, str] = {}
            pieces = _written(calls, request, Request(TASK, inputs, options, model), headers)
            return streaming.response(await streaming.started(pieces), headers)
        options["return_timestamps"] = "word" if words else True
        answer = await calls.answer(request, Request(TASK, inputs, options, model))
        return _transcript(answer, response_format, "transcribe", language, timestamp_granularities)

    @routes.post("/audio/translations", responses=answers(Transcription, media=PLAIN))
    async def translations(
        request: HttpRequest,
        file: UploadFile,
        model: Annotated[str, Form()] = "auto",
        response_format: Annotated[Format, Form()] = "json",
    ) -> Response:
        """Write down in English what is said."""
        await parameters.only(request, TRANSLATION)
        options = {"task": "translate", "return_timestamps": True}
        inputs = {"audio": await file.read()}
        answer = await calls.answer(request, Request(TASK, inputs, options, model))
        return _transcript(answer, response_format, "translate", "en", ["segment"])

    @routes.post(
        "/audio/speech",
        response_class=StreamingResponse,
        responses=answers(None, media=SOUNDS),
    )
    async def speech(request: HttpRequest, body: SpeechRequest) -> Response:
        """Speak a text; each sentence is sent as soon as it is spoken."""
        headers: dict[str, str] = {}
        pieces = await streaming.started(_spoken(calls, request, body, headers))
        return _Speech(pieces, media_type=MEDIA_TYPES[body.response_format], headers=headers)

    return routes


async def _written(
    calls: Calls, http: HttpRequest, asked: Request, headers: dict[str, str]
) -> AsyncIterator[str]:
    """A transcript as it grows, as server-sent events; `headers` as of `Calls.stream`."""
    sent = ""

    def event(told: TranscriptEvent) -> str:
        return streaming.event(told)

    try:
        async with calls.stream(http, asked, headers=headers) as growing:
            async for answer in growing:
                text = answer.value["text"]
                if new := text[len(sent) :]:
                    sent = text
                    yield event({"type": "transcript.text.delta", "delta": new})
                if answer.facts:
                    done: TranscriptEvent = {"type": "transcript.text.done", "text": text}
                    yield event({**done, "notes": list(answer.notes)} if answer.notes else done)
    except PlaygroundError as error:
        if not sent:
            raise
        yield streaming.event(streaming.error_body(str(error), *status_of(error)))
        return
    yield streaming.DONE


async def _spoken(
    calls: Calls, http: HttpRequest, body: SpeechRequest, headers: dict[str, str]
) -> AsyncIterator[bytes]:
    """A sound file as it grows; `headers` as of `Calls.stream`."""
    voice = await anyio.to_thread.run_sync(_voice, calls.playground, body)
    options = {"length_scale": round(1 / body.speed, 2), "voice": voice}
    asked = Request(SPEECH, {"text": body.input}, options, body.model)
    sent, file = 0, None
    try:
        async with calls.stream(http, asked, headers=headers) as growing:
            async for answer in growing:
                speech = answer.value
                file = file or SoundFile(body.response_format, speech.sampling_rate)
                new = speech.samples[sent:]
                sent = len(speech.samples)
                if ready := await anyio.to_thread.run_sync(file.add, new):
                    yield ready
    except PlaygroundError as error:
        if not sent:
            raise
        raise _BrokenOffError from error
    if file:
        yield file.close()


def _voice(playground: Playground, body: SpeechRequest) -> str | None:
    """The model's voice of the name that is sent; None for its first."""
    name = body.voice if isinstance(body.voice, str) else body.voice.get("id")
    if name == DEFAULT_VOICE:
        return None
    return name if name in voices_of(playground, find_task(SPEECH), body.model) else None


class _BrokenOffError(Exception):
    """Speech failed after its first sentence."""


class _Speech(streaming.Stream):
    """Speech that is sent as it grows. The status goes with the first sentence, so a later failure
    can only break the response off: a file that ended there would pass for a whole one."""

    async def stream_response(self, send: Send) -> None:
        """Send the pieces, and say that they are all only if they are."""
        with suppress(_BrokenOffError):
            await super().stream_response(send)


def _transcript(
    answer: Answer,
    response_format: Format,
    task: str,
    language: str | None,
    granularities: list[Literal["segment", "word"]],
) -> Response:
    value, facts = answer.value, answer.facts
    assert facts is not None
    segments, headers = timed_pieces(value), notes(answer.notes)
    match response_format:
        case "json":
            return JSONResponse({"text": value["text"]}, headers=headers)
        case "text":
            return PlainTextResponse(value["text"] + "\n", headers=headers)
        case "srt":
            return PlainTextResponse(srt(segments), headers=headers)
        case "vtt":
            return PlainTextResponse(webvtt(segments), headers=headers)
    told: Transcription = {
        "task": task,
        "language": value.get("language") or language or "",
        "duration": facts.audio_seconds or 0.0,
        "text": value["text"],
        "notes": list(answer.notes),
    }
    if "segment" in granularities:
        told["segments"] = [_segment(number, one) for number, one in enumerate(segments)]
    if "word" in granularities:
        told["words"] = [_word(one) for one in value["chunks"]]
    return JSONResponse(told, headers=headers)


def _segment(number: int, chunk: dict[str, Any]) -> TranscriptSegment:
    start, end = chunk["timestamp"]
    return {"id": number, "start": start, "end": end, "text": chunk["text"]}


def _word(chunk: dict[str, Any]) -> TranscriptWord:
    start, end = chunk["timestamp"]
    return {"word": chunk["text"].strip(), "start": start, "end": end}
