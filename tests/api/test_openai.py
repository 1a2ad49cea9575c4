"""The OpenAI-compatible routes, asked by the real client."""

import base64
import io
from functools import partial
from typing import Any, Literal

import av
import httpx
import numpy as np
import openai
import pytest
from openai import OpenAI

from pipelines.folders import ASSETS
from pipelines.subtitles import srt

EXAMPLES = ASSETS / "examples"
CAPITAL: Any = [{"role": "user", "content": "What is the capital of France?"}]
PASSWORDS = {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}
FILE: Any = [{"role": "user", "content": [PASSWORDS]}]


def test_models_are_listed_and_told(client: OpenAI) -> None:
    names = [one.id for one in client.models.list()]
    assert "smollm2-135m-instruct" in names
    assert client.models.retrieve("whisper-base").object == "model"
    with pytest.raises(openai.NotFoundError, match="no model named"):
        client.models.retrieve("gpt-4o")


def test_a_chat_is_answered_with_its_usage(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="auto", messages=CAPITAL, temperature=0, max_tokens=20
    )
    assert "Paris" in str(answer.choices[0].message.content)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "smollm2-135m-instruct"
    used = answer.usage
    assert used
    assert used.prompt_tokens > 10
    assert 0 < used.completion_tokens <= 20
    assert used.total_tokens == used.prompt_tokens + used.completion_tokens


def test_a_stream_is_the_whole_answer_in_pieces(client: OpenAI) -> None:
    asked: Any = {"model": "auto", "messages": CAPITAL, "temperature": 0, "max_tokens": 20}
    whole = client.chat.completions.create(**asked).choices[0].message.content
    chunks = list(
        client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    )
    pieces = [one.choices[0].delta.content or "" for one in chunks if one.choices]
    assert "".join(pieces).strip() == whole
    assert len(pieces) > 2
    assert {one.model for one in chunks} == {"smollm2-135m-instruct"}
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [one.choices[0].finish_reason for one in chunks if one.choices][-1] == "stop"
    assert chunks[-1].usage
    assert chunks[-1].usage.completion_tokens > 0


def test_a_prompt_is_counted_where_a_stop_string_ends_the_answer(client: OpenAI) -> None:
    asked: Any = {"model": "auto", "temperature": 0, "max_tokens": 20}
    plain = client.chat.completions.create(messages=CAPITAL, **asked).usage
    stopped = client.chat.completions.create(messages=CAPITAL, stop=["e"], **asked).usage
    assert plain
    assert stopped
    assert stopped.prompt_tokens == plain.prompt_tokens
    assert stopped.completion_tokens < plain.completion_tokens


def test_options_are_heard(client: OpenAI) -> None:
    asked: Any = {"model": "auto", "messages": CAPITAL}
    short = client.chat.completions.create(**asked, max_completion_tokens=3)
    assert short.choices[0].finish_reason == "length"
    stopped = client.chat.completions.create(**asked, temperature=0, stop=["Paris"])
    assert "Paris" not in str(stopped.choices[0].message.content)
    several = client.chat.completions.create(**asked, n=2, temperature=1.0, max_tokens=5, seed=1)
    assert [one.index for one in several.choices] == [0, 1]
    again = client.chat.completions.create(**asked, n=2, temperature=1.0, max_tokens=5, seed=1)
    assert [one.message.content for one in again.choices] == [
        one.message.content for one in several.choices
    ]


def test_a_text_is_gone_on_with(client: OpenAI) -> None:
    prompts = ["Once upon a", "The sea"]
    answer = client.completions.create(
        model="auto", prompt=prompts, max_tokens=4, echo=True, temperature=0
    )
    assert [one.text.startswith(p) for one, p in zip(answer.choices, prompts, strict=True)] == [
        True,
        True,
    ]
    chunks = client.completions.create(
        model="auto", prompt="Once upon a", max_tokens=4, temperature=0, stream=True
    )
    assert "Once upon a" + "".join(one.choices[0].text for one in chunks) == answer.choices[0].text


def test_a_prompt_counts_once_however_many_texts_it_gets(client: OpenAI) -> None:
    wanted: Any = {"model": "auto", "max_tokens": 3, "temperature": 1.0}
    ways: list[Any] = [
        partial(client.completions.create, prompt="Once upon a time", **wanted),
        partial(client.chat.completions.create, messages=CAPITAL, **wanted),
    ]
    for ask in ways:
        one, three = ask().usage, ask(n=3).usage
        assert three.prompt_tokens == one.prompt_tokens > 0
        assert three.completion_tokens > one.completion_tokens
        assert three.total_tokens == three.prompt_tokens + three.completion_tokens
    both = client.completions.create(prompt=["Once upon a time", "Once upon a time"], **wanted)
    once = client.completions.create(prompt="Once upon a time", **wanted)
    assert both.usage
    assert once.usage
    assert both.usage.prompt_tokens == 2 * once.usage.prompt_tokens


def test_each_of_several_answers_says_why_it_ended(client: OpenAI) -> None:
    wanted: Any = {"model": "auto", "temperature": 0.3, "seed": 1, "max_tokens": 16, "n": 3}
    messages: Any = [{"role": "user", "content": "Say hello to the world in one or two words."}]
    whole = client.chat.completions.create(messages=messages, **wanted)
    for choice in whole.choices:
        cut = choice.finish_reason == "length"
        alone = client.chat.completions.create(
            messages=messages, **{**wanted, "n": 1, "seed": 1 + choice.index}
        )
        assert (alone.choices[0].finish_reason == "length") == cut
        assert alone.choices[0].message.content == choice.message.content


def test_several_answers_are_streamed_each_under_its_number(client: OpenAI) -> None:
    wanted: Any = {"model": "auto", "temperature": 1.0, "seed": 5, "max_tokens": 6, "n": 2}
    whole = client.chat.completions.create(messages=CAPITAL, **wanted)
    chunks = list(
        client.chat.completions.create(
            messages=CAPITAL, **wanted, stream=True, stream_options={"include_usage": True}
        )
    )
    texts, reasons = ["", ""], [[], []]  # type: tuple[list[str], list[list[str]]]
    for chunk in chunks:
        for one in chunk.choices:
            texts[one.index] += one.delta.content or ""
            reasons[one.index] += [one.finish_reason] if one.finish_reason else []
    assert [text.strip() for text in texts] == [one.message.content for one in whole.choices]
    assert reasons == [[one.finish_reason] for one in whole.choices]
    assert chunks[-1].usage == whole.usage
    plain = client.completions.create(prompt="Once upon a", **wanted, echo=True)
    streamed = client.completions.create(prompt="Once upon a", **wanted, echo=True, stream=True)
    told = ["", ""]
    for text in streamed:
        told[text.choices[0].index] += text.choices[0].text
    assert told == [one.text for one in plain.choices]


def test_vectors_come_as_numbers_and_as_base64(client: OpenAI) -> None:
    texts = ["A child is asleep.", "The baby has nodded off.", "The shop sells nails."]
    plain = client.embeddings.create(model="auto", input=texts, encoding_format="float")
    packed = client.embeddings.create(model="auto", input=texts, encoding_format="base64")
    vectors = np.array([one.embedding for one in plain.data])
    raw: Any = [one.embedding for one in packed.data]
    decoded = np.array([np.frombuffer(base64.b64decode(one), "<f4") for one in raw])
    assert np.allclose(vectors, decoded, atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    one = client.embeddings.create(model="auto", input=texts[0]).usage
    assert one.prompt_tokens == len("[CLS] a child is asleep . [SEP]".split())
    assert plain.usage.prompt_tokens == plain.usage.total_tokens > 2 * one.prompt_tokens


def test_a_picture_is_asked_about(client: OpenAI) -> None:
    encoded = base64.b64encode((EXAMPLES / "scene-1.png").read_bytes()).decode()
    parts: Any = [
        {"type": "text", "text": "Is there a cat?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}},
    ]
    answer = client.chat.completions.create(
        model="scene-answerer", messages=[{"role": "user", "content": parts}]
    )
    assert str(answer.choices[0].message.content).lower().startswith("yes")


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"model": "gpt-4o"}, openai.NotFoundError, "neither in the catalogue"),
        ({"temperature": 9}, openai.BadRequestError, "out of range"),
        ({"messages": []}, openai.BadRequestError, "messages"),
        ({"stop": ["a", "b", "c", "d", "e"]}, openai.BadRequestError, "at most 4"),
        ({"messages": FILE}, openai.BadRequestError, "neither an https address nor a data URL"),
        ({"tools": [{"type": "function"}]}, openai.BadRequestError, "a function with a name"),
        ({"messages": [{"role": "user", "content": ""}]}, openai.BadRequestError, "empty"),
        ({"stream": True, "model": "gpt-4o"}, openai.NotFoundError, "neither in the catalogue"),
    ],
)
def test_errors_are_those_of_the_client(
    client: OpenAI, asked: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        client.chat.completions.create(**{"model": "auto", "messages": CAPITAL, **asked})


def test_speech_is_written_down_in_five_forms(client: OpenAI) -> None:
    def asked(form: Any) -> Any:
        with (EXAMPLES / "library.mp3").open("rb") as file:
            return client.audio.transcriptions.create(model="auto", file=file, response_format=form)

    assert "library opens" in asked("json").text
    assert "library opens" in asked("text")
    assert asked("srt").startswith("1\n00:00:00,000 --> 00:00:0")
    assert asked("vtt").startswith("WEBVTT\n\n00:00:00.000 --> ")
    told = asked("verbose_json")
    assert told.duration == pytest.approx(5.15, abs=0.1)
    assert told.segments[0].text in told.text


def test_what_is_no_sound_is_a_sentence(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="not a sound"):
        client.audio.transcriptions.create(model="auto", file=("a.wav", b"not a sound at all"))


@pytest.mark.parametrize("form", ["wav", "flac", "mp3"])
def test_text_is_spoken_in_three_formats(
    client: OpenAI, form: Literal["wav", "flac", "mp3"]
) -> None:
    spoken = client.audio.speech.create(
        model="auto", voice="default", input="Good morning. It is raining.", response_format=form
    )
    with av.open(io.BytesIO(spoken.content)) as opened:
        samples = np.concatenate([f.to_ndarray().ravel() for f in opened.decode(audio=0)])
        seconds = len(samples) / opened.streams.audio[0].rate
    assert 1 < seconds < 4
    assert samples.std() > 0


def test_subtitles_have_their_own_times() -> None:
    chunks = [
        {"text": " One --> two", "timestamp": [0.0, 61.5]},
        {"text": "x", "timestamp": [61.5, 3600.25]},
    ]
    assert srt(chunks) == (
        "1\n00:00:00,000 --> 00:01:01,500\nOne → two\n\n2\n00:01:01,500 --> 01:00:00,250\nx\n"
    )


def test_what_no_client_sends_gets_a_sentence(server_url: str) -> None:
    bodies = [b"", b"{", b"[]", b'{"messages": 3}', b'{"messages": [{"role": "tool"}]}']
    for body in bodies:
        answer = httpx.post(
            f"{server_url}/v1/chat/completions",
            content=body,
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]
    assert httpx.get(f"{server_url}/v1/nothing").json()["error"]["message"] == "Not Found"
    document = httpx.get(f"{server_url}/v1/openapi.json").json()
    assert "/chat/completions" in document["paths"]


def test_more_prompts_than_a_batch_are_refused(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="100 are the limit"):
        client.completions.create(model="auto", prompt=["a"] * 101, max_tokens=1)


def test_a_text_that_no_file_can_hold_is_answered(server_url: str) -> None:
    body = b'{"prompt": "a\\ud800b", "max_tokens": 1, "echo": true}'
    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{server_url}/v1/completions", content=body, headers=headers, timeout=120)
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["text"].startswith("a\ufffdb")
