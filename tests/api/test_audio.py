"""Sound in and out by OpenAI's routes: times of words, transcripts and speech that grow."""

import asyncio
import io
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal, cast

import av
import numpy as np
import openai
import pytest
import soundfile
from huggingface_hub import InferenceClient
from openai import OpenAI
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message

from api import hub
from api.calls import Calls
from api.openai import app as openai_app
from api.openai import audio
from pipelines import Playground
from pipelines.errors import ServerStoppingError
from pipelines.folders import ASSETS
from pipelines.outputs import Speech
from pipelines.playground import Answer, Facts
from tests.tiny.onnx_files import voice_of

LIBRARY = ASSETS / "examples" / "library.mp3"


def transcribed(client: OpenAI, **asked: Any) -> Any:
    with LIBRARY.open("rb") as file:
        return client.audio.transcriptions.create(model="auto", file=file, **asked)


def test_words_have_their_times(client: OpenAI) -> None:
    told = transcribed(
        client, response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    words = [one.word for one in told.words]
    assert " ".join(words) == told.text
    times = [time for one in told.words for time in (one.start, one.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= told.duration
    assert len(set(times)) > len(words)  # each its own
    assert " ".join(one.text for one in told.segments) == told.text
    alone = transcribed(client, response_format="verbose_json", timestamp_granularities=["word"])
    assert alone.segments is None
    assert [one.word for one in alone.words] == words
    pieces = transcribed(client, response_format="verbose_json")
    assert pieces.words is None
    assert pieces.segments


def test_a_transcript_grows(client: OpenAI) -> None:
    whole = transcribed(client).text
    events = list(transcribed(client, stream=True))
    assert "".join(one.delta for one in events if one.type == "transcript.text.delta") == whole
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text == whole


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"timestamp_granularities": ["word"]}, "verbose_json only"),
        ({"response_format": "srt", "stream": True}, "not streamed"),
        ({"stream": True, "language": "klingon"}, "language cannot be"),
        ({"response_format": "x" * 5000}, "response_format"),
        ({"timestamp_granularities": ["word"] * 500}, "timestamp_granularities"),
        ({"timestamp_granularities": ["letter"] * 2000}, "Too many fields"),
    ],
)
def test_what_is_not_done_is_said(client: OpenAI, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(openai.BadRequestError, match=said) as refused:
        transcribed(client, **asked)
    assert len(str(refused.value)) < 1_000


def test_the_hubs_client_gets_times_of_words_too(server_url: str) -> None:
    task = "automatic-speech-recognition"
    hub = InferenceClient(f"{server_url}/hf/tasks/{task}", token="none")
    heard = hub.automatic_speech_recognition(str(LIBRARY), extra_body={"return_timestamps": "word"})
    assert heard.chunks
    assert "".join(one.text for one in heard.chunks).strip() == heard.text
    assert len(heard.chunks) == len(heard.text.split())


class Speaking:
    """A playground that speaks its second sentence only when told."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.first = (np.sin(np.arange(30_000) / 9) * 9_000).astype(np.int16)

    def stream_request(self, *asked: Any) -> Iterator[Answer]:
        yield Answer(Speech(self.first, 22_050))
        assert self.goes_on.wait(20), "the first sentence was kept back"
        both = np.concatenate([self.first, self.first])
        yield Answer(Speech(both, 22_050), Facts("m", "M", "e", 0, 0, 0))


class Client:
    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}

    async def is_disconnected(self) -> bool:
        return False


@pytest.mark.parametrize("form", ["wav", "flac", "mp3"])
def test_a_sentence_is_sent_before_the_next_is_spoken(form: Literal["wav", "flac", "mp3"]) -> None:
    speaking = Speaking()

    async def hear() -> bytes:
        calls = Calls(cast(Playground, speaking))
        body = audio.SpeechRequest(input="One. Two.", response_format=form, speed=1)
        pieces = audio._spoken(calls, cast(Request, Client()), body, {})
        heard = await anext(pieces)
        assert len(heard) > 1_000
        speaking.goes_on.set()
        return heard + b"".join([piece async for piece in pieces])

    with av.open(io.BytesIO(asyncio.run(hear()))) as opened:
        assert opened.streams.audio[0].rate == 22_050
        samples = sum(frame.samples for frame in opened.decode(audio=0))
    assert samples == pytest.approx(60_000, abs=3_000)  # an MP3 begins and ends with padding


def test_speech_that_fails_on_the_way_is_no_whole_file() -> None:
    sent: list[Message] = []

    class Failing(Speaking):
        def stream_request(self, *asked: Any) -> Iterator[Answer]:
            yield Answer(Speech(self.first, 22_050))
            raise ServerStoppingError

    async def hear() -> None:
        body = audio.SpeechRequest(input="One. Two.", response_format="wav", speed=1)
        pieces = audio._spoken(
            Calls(cast(Playground, Failing())), cast(Request, Client()), body, {}
        )

        async def send(message: Message) -> None:
            sent.append(message)

        await audio._Speech(pieces).stream_response(send)

    asyncio.run(hear())
    assert len(sent[1]["body"]) > 1_000
    assert all(one["more_body"] for one in sent[1:])


def test_speech_of_a_text_that_was_cut_says_so(
    tiny: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny, "settings", replace(tiny.settings, max_characters=6))
    asked = {"model": "kokoro", "input": "Hello. Good day.", "response_format": "wav"}
    with TestClient(openai_app.build(Calls(tiny))) as v1, TestClient(hub.build(Calls(tiny))) as hf:
        answers = [
            v1.post("/audio/speech", json=asked),
            hf.post("/models/kokoro?task=text-to-speech", json={"inputs": asked["input"]}),
        ]
    for answer in answers:
        assert answer.content[:4] == b"RIFF"
        assert json.loads(answer.headers["X-Notes"]) == ["Only the first 6 of 15 characters count."]


def test_speech_comes_in_several_pieces(client: OpenAI) -> None:
    text = "Good morning. It is raining. The train leaves at nine."
    with client.audio.speech.with_streaming_response.create(
        model="auto", voice="default", input=text, response_format="mp3"
    ) as spoken:
        assert spoken.headers["content-type"] == "audio/mpeg"
        assert "content-length" not in spoken.headers
        pieces = list(spoken.iter_bytes())
    assert len(pieces) > 1


@pytest.mark.parametrize("voice", ["default", "alloy", "x", {"id": "voice_1234"}])
def test_any_voice_that_the_model_has_not_is_its_first(client: OpenAI, voice: Any) -> None:
    spoken = client.audio.speech.create(
        model="auto", voice=voice, input="Hello.", response_format="wav"
    )
    assert spoken.content[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("sent", "speaks"),
    [
        ("bf_emma", "bf_emma"),
        ({"id": "bf_emma"}, "bf_emma"),
        ("jf_alpha", "af_heart"),
        ("alloy", "af_heart"),
        ("default", "af_heart"),
        ({"name": "bf_emma"}, "af_heart"),
    ],
)
def test_a_voice_of_the_model_speaks(tiny: Playground, sent: Any, speaks: str) -> None:
    body = audio.SpeechRequest(
        input="Hello.", model="kokoro", voice=sent, response_format="wav", speed=1
    )

    async def hear() -> bytes:
        pieces = audio._spoken(Calls(tiny), cast(Request, Client()), body, {})
        return b"".join([piece async for piece in pieces])

    heard, _ = soundfile.read(io.BytesIO(asyncio.run(hear())), dtype="int16")
    assert voice_of(heard) == speaks


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"speed": 9}, "speed"),
        ({"response_format": "opus"}, "response_format"),
        ({"input": ""}, "empty"),
        ({"input": "🎉"}, "no words"),
        ({"extra_body": {"stream_format": "sse"}}, "stream_format"),
    ],
)
def test_speech_that_cannot_be_made_is_refused(
    client: OpenAI, asked: dict[str, Any], said: str
) -> None:
    given: dict[str, Any] = {"model": "auto", "voice": "x", "input": "Hello.", **asked}
    with pytest.raises(openai.BadRequestError, match=re.compile(said)):
        client.audio.speech.create(**given)
