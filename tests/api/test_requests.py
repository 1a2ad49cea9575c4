"""Both APIs' requests as a task's inputs and options, and OpenAI's streams of chunks."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, NoReturn
from unittest import mock

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api import hub
from api.calls import Calls
from api.openai import app, audio, chat, completions, streaming
from api.openai.chat import ChatRequest
from api.openai.completions import CompletionRequest
from api.openai.streaming import Piece
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.outputs import TokenLogprobs
from pipelines.playground import Answer, Facts
from pipelines.registry import task
from pipelines.run import Request
from pipelines.settings import Settings

FACTS = Facts("tiny", "Tiny", "llama.cpp", 0, 1, 1, tokens=4, prompt_tokens=6)


def asked(**body: Any) -> Request:
    return chat._asked(ChatRequest.model_validate(body))


def test_a_developers_message_is_the_system_message() -> None:
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    prompt = asked(messages=messages).inputs["prompt"]
    assert [one["role"] for one in prompt] == ["system", "user"]


def test_the_last_picture_is_the_one_that_is_asked_about() -> None:
    def part(url: str) -> dict[str, Any]:
        return {"type": "image_url", "image_url": {"url": url}}

    content = [part("data:,a"), {"type": "text", "text": "Which?"}, part("data:,b")]
    run = asked(messages=[{"role": "user", "content": content}], max_tokens=9, model="vlm")
    earlier = {"role": "user", "content": "Which?", "images": [{"url": "data:,a"}]}
    inputs = {"image": {"url": "data:,b"}, "text": [earlier]}
    assert run == Request("image-text-to-text", inputs, {"max_new_tokens": 9}, "vlm")


def test_options_have_the_tasks_names() -> None:
    hi = [{"role": "user", "content": "Hi"}]
    run = asked(messages=hi, stop="\n", max_tokens=9, max_completion_tokens=7, n=2)
    assert run.options == {"stop": ["\n"], "max_new_tokens": 7, "num_return_sequences": 2}
    request = CompletionRequest.model_validate({"prompt": "Hi", "logprobs": 2})
    assert request.options() == {"mode": "continue", "max_new_tokens": 16, "top_logprobs": 2}


@pytest.mark.parametrize("other", [{"suffix": " end"}, {"best_of": 3}, {"best_of": 1, "n": 2}])
def test_what_would_change_a_completion_and_is_not_done_is_refused(other: dict[str, Any]) -> None:
    body = CompletionRequest.model_validate({"prompt": "Hi", **other})
    with pytest.raises(InputError, match="suffix and best_of"):
        completions._check(body, ["Hi"], 8)


def test_a_schema_counts_wherever_a_client_puts_it() -> None:
    hi, schema = [{"role": "user", "content": "Hi"}], {"type": "object", "properties": {}}
    for name in ("value", "schema"):  # huggingface_hub's client, llama.cpp's server
        run = asked(messages=hi, response_format={"type": "json_object", name: schema})
        assert run.options["json_schema"] == schema
    with pytest.raises(ValidationError, match="grammar"):
        asked(messages=hi, response_format={"type": "json_object", "grammar": "x"})


def test_a_model_that_the_hubs_client_makes_up_is_none() -> None:
    assert asked(messages=[{"role": "user", "content": "Hi"}], model="dummy").model == "auto"


def test_nothing_is_passed_over_that_would_change_an_answer_about_a_picture() -> None:
    seen = [{"type": "image_url", "image_url": {"url": "data:,a"}}, {"type": "text", "text": "?"}]
    messages = [{"role": "user", "content": seen}]
    run = asked(messages=messages, temperature=0, top_p=0.9, seed=1, presence_penalty=0)
    assert run.options == {"max_new_tokens": 512}
    others: dict[str, Any] = {"stop": ["."], "temperature": 0.7, "n": 2, "logprobs": True}
    for name, value in others.items():
        with pytest.raises(InputError, match=f"conversations with pictures: {name}"):
            asked(messages=messages, **{name: value})


@pytest.mark.parametrize("nested", ["generate_parameters", "generation_parameters"])
def test_the_hubs_parameters_count_wherever_they_stand(nested: str) -> None:
    parameters = {"top_k": 3, nested: {"max_new_tokens": 9}}
    given = hub._parameters({"inputs": "Hi", "parameters": parameters, "seed": 1, "options": {}})
    assert given == {"seed": 1, "top_k": 3, "max_new_tokens": 9}


def test_a_transcript_is_asked_for_in_the_callers_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Request] = []

    def refused(run: Request, cancel: object) -> NoReturn:
        asked.append(run)
        raise InputError("No.", "Other.")

    playground = Playground(Settings())
    monkeypatch.setattr(playground, "stream_request", refused)
    client = TestClient(app.build(Calls(playground)))
    form = {"language": "fr", "model": "whisper", "response_format": "json"}
    assert client.post("/audio/transcriptions", data=form, files={"file": b"a"}).status_code == 400
    options = {"language": "fr", "task": "transcribe", "return_timestamps": True}
    assert asked == [Request(audio.TASK, {"audio": b"a"}, options, "whisper")]


def test_the_hubs_files_are_base64_or_addresses_and_a_question_stands_beside_them() -> None:
    picture = base64.b64encode(b"a picture").decode()
    given = hub._inputs(task("image-classification"), {"inputs": picture})
    assert given == {"image": b"a picture"}
    several = hub._inputs(task("image-classification"), {"inputs": [picture, "data:,a"]})
    assert several == {"image": [b"a picture", {"url": "data:,a"}]}
    address = {"inputs": "https://example.org/cat.png"}
    assert hub._inputs(task("image-classification"), address)["image"] == {"url": address["inputs"]}
    asked = {"inputs": picture, "question": "Which?"}
    seen = hub._inputs(task("image-text-to-text"), asked)
    assert seen == {"image": b"a picture", "text": "Which?"}


def test_speech_that_is_twice_as_fast_is_half_as_long() -> None:
    calls = mock.MagicMock()
    calls.stream.side_effect = InterruptedError  # what it was asked for is all that counts
    body = audio.SpeechRequest.model_validate({"input": "Hi", "speed": 2})

    async def begin() -> bytes:
        return await anext(audio._spoken(calls, mock.MagicMock(), body, {}))

    with pytest.raises(InterruptedError):
        asyncio.run(begin())
    _, wanted = calls.stream.call_args.args
    options = {"length_scale": 0.5, "voice": None}
    assert wanted == Request("text-to-speech", {"text": "Hi"}, options)


def chunks(request: Any, choice: Callable[[Piece], Any], chunk: Callable[..., Any]) -> list[Any]:
    """What is sent of a text in two pieces."""

    def token(text: str) -> tuple[TokenLogprobs, ...]:
        return ({"token": text, "logprob": -1.0, "bytes": [*text.encode()], "top_logprobs": []},)

    async def pieces() -> AsyncIterator[Piece]:
        yield Piece("One", "auto", first=True, logprobs=token("One"))
        yield Piece(" two", "tiny", 0, False, "stop", token(" two"), 3, FACTS)

    async def sent() -> list[str]:
        return [one async for one in streaming.events(pieces(), request, choice, chunk)]

    *events, done = asyncio.run(sent())
    assert done == streaming.DONE
    return [json.loads(one.removeprefix("data: ")) for one in events]


def test_a_chat_names_its_role_once_and_ends_with_the_usage() -> None:
    options = {"include_usage": True}
    hi = [{"role": "user", "content": "Hi"}]
    body = {"messages": hi, "stream_options": options, "n": 2}
    request = ChatRequest.model_validate(body)
    first, second, last = chunks(request, chat._chunk_choice, partial(chat._chunk, "c", 0))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "One"}
    assert second["choices"][0]["delta"] == {"content": " two"}
    assert (last["choices"], last["usage"]["prompt_tokens"]) == ([], 3)  # of two sequences


def test_a_text_is_echoed_once_and_its_tokens_begin_where_those_before_end() -> None:
    request = CompletionRequest.model_validate({"prompt": "Count: ", "echo": True, "logprobs": 0})
    choice = partial(completions._streamed_choice, request, ["Count: "])
    sent = [one["choices"][0] for one in chunks(request, choice, partial(completions._whole, "c"))]
    assert [one["text"] for one in sent] == ["Count: One", " two"]
    assert [one["logprobs"]["text_offset"] for one in sent] == [[0], [3]]
    assert [one["finish_reason"] for one in sent] == [None, "stop"]


def test_the_notes_on_all_prompts_are_told_once() -> None:
    calls = mock.MagicMock()
    text = {"generated_text": "two"}
    calls.answer = mock.AsyncMock(
        side_effect=[Answer(text, FACTS, told) for told in (("a", "b"), ("b", "c"))]
    )
    calls.playground.settings.max_batch = 2
    with TestClient(app.build(calls)) as client:
        answer = client.post("/completions", json={"prompt": ["One", "Two"]})
    assert len(answer.json()["choices"]) == 2
    assert json.loads(answer.headers["X-Notes"]) == ["a", "b", "c"]
