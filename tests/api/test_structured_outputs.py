"""JSON of a schema and log probabilities, asked for by the real clients."""

import json
import math
from typing import Any, Literal

import httpx
import openai
import pytest
from huggingface_hub import InferenceClient
from openai import OpenAI
from pydantic import BaseModel, Field

from pipelines import Playground
from pipelines.errors import InputError

CITY: Any = [{"role": "user", "content": "Tell me about Paris, as JSON."}]
CAPITAL: Any = [{"role": "user", "content": "What is the capital of France?"}]


class Country(BaseModel):
    name: Literal["France", "Italy"]


class City(BaseModel):
    name: str = Field(max_length=20)
    country: Country
    rivers: list[Literal["Seine", "Tiber"]] = Field(max_length=2)
    age: int = Field(ge=1, le=9)


def test_an_answer_parses_as_the_model_asked_for(client: OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="auto", messages=CITY, response_format=City, temperature=1.5, seed=1
    )
    assert answer.choices[0].finish_reason == "stop"
    assert isinstance(answer.choices[0].message.parsed, City)


def test_a_stream_parses_as_the_model_asked_for(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="auto", messages=CITY, response_format=City, temperature=0
    ) as stream:
        deltas = [one.delta for one in stream if one.type == "content.delta"]
        final = stream.get_final_completion().choices[0].message
    assert len(deltas) > 3
    assert City.model_validate_json("".join(deltas)) == final.parsed


def test_any_object_is_json_and_an_object(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="auto",
        messages=[{"role": "user", "content": "Send me an empty object."}],
        response_format={"type": "json_object"},
        temperature=0,
        max_tokens=60,
    )
    text = str(answer.choices[0].message.content)
    assert text.startswith('{"') or text == "{}"
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(text), dict)


def test_a_text_that_is_gone_on_with_is_held_too(client: OpenAI) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "c", "schema": City.model_json_schema()}}
    answer = client.completions.create(
        model="auto", prompt="A city:", max_tokens=200, extra_body={"response_format": form}
    )
    assert City.model_validate_json(answer.choices[0].text)


def test_text_generation_inferences_grammar_is_the_same(server_url: str) -> None:
    hub = InferenceClient(f"{server_url}/hf/tasks/text-generation", token="none")
    grammar: Any = {"type": "json", "value": City.model_json_schema()}
    made = hub.text_generation("A city:", max_new_tokens=200, grammar=grammar)
    assert City.model_validate_json(str(made))


def asked(schema: Any) -> dict[str, Any]:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return {"messages": CITY, "response_format": form, "max_tokens": 20}


DEEP: dict[str, Any] = {"type": "string"}
for _ in range(200):
    DEEP = {"type": "object", "properties": {"a": DEEP}}
LONG = {"type": "string", "maxLength": 100}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (DEEP, "levels deep"),
        ({"type": "object", "properties": {f"p{n}": LONG for n in range(5000)}}, "too large"),
        ({"enum": ["x" * 30_000]}, "too large"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "nothing is fetched"),
        ({"anyOf": [{"$ref": "file:///etc/passwd"}]}, "nothing is fetched"),
        ({"$ref": "#/$defs/nowhere"}, "schema"),
        ({"type": "array", "items": LONG, "maxItems": 2_000_000}, "sum up"),
        ({"type": "array", "items": LONG, "minItems": 9e99}, "too large"),
        ({"type": "string", "pattern": "(?!a)b"}, "look-around"),
        ({"type": "string", "pattern": "("}, "schema"),
        ({"not": {"type": "string"}}, "Unimplemented"),
        ({"type": "array", "uniqueItems": True}, "Unimplemented"),
        ({"x-guidance": {"lenient": True}, "not": {}}, "x-guidance"),
        ({"type": "telepathy"}, "telepathy"),
        ({"enum": []}, "Unsatisfiable"),
        ({"type": "integer", "minimum": 10**40}, "too large"),
        ({"const": float("nan")}, "too large"),
        ([], "response_format"),
        (None, "response_format"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_schema_that_cannot_be_held_is_refused(server_url: str, schema: Any, said: str) -> None:
    body = json.dumps(asked(schema))
    headers = {"content-type": "application/json"}
    url = f"{server_url}/v1/chat/completions"
    answer = httpx.post(url, content=body, headers=headers, timeout=60)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert len(answer.text) < 1_000


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^((((a*)*)*)*)*b$"},
        {"type": "string", "pattern": "^(a{1000}){1000}$"},
        {"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"},
        {"type": "object", "properties": {f"p{n}": {"type": "null"} for n in range(600)}},
    ],
    ids=["nested stars", "a million letters", "itself", "600 that may be left out"],
)
def test_a_large_schema_ends_and_is_never_left_unheld(server_url: str, schema: Any) -> None:
    url = f"{server_url}/v1/chat/completions"
    answer = httpx.post(url, json=asked(schema), timeout=60)
    if answer.status_code == 400:  # lost on the way, and told so
        assert "could not be held" in answer.json()["error"]["message"]
        return
    text = answer.json()["choices"][0]["message"]["content"]
    assert text[0] in '"[{'


@pytest.mark.parametrize("option", [{"json_schema": {"type": "object"}}, {"top_logprobs": 1}])
def test_an_engine_that_cannot_says_so(tiny: Playground, option: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"cannot be held|tells no probabilities"):
        tiny.run("text-generation", {"prompt": "lion"}, "llama-chat", option)


def test_conversations_with_pictures_are_not_held(client: OpenAI) -> None:
    parts = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]
    messages: Any = [{"role": "user", "content": parts}]
    with pytest.raises(openai.BadRequestError, match="with pictures"):
        client.chat.completions.create(
            model="auto", messages=messages, response_format={"type": "json_object"}
        )


def test_a_chats_tokens_are_told_with_their_probabilities(client: OpenAI) -> None:
    wanted: Any = {"model": "auto", "messages": CAPITAL, "temperature": 0, "max_tokens": 8}
    choice = client.chat.completions.create(**wanted, logprobs=True, top_logprobs=3).choices[0]
    assert choice.logprobs
    tokens = choice.logprobs.content or []
    assert "".join(one.token for one in tokens).strip() == choice.message.content
    for one in tokens:
        assert -20 < one.logprob <= 0
        assert bytes(one.bytes or []).decode() == one.token
        best, *others = one.top_logprobs
        assert best.logprob == one.logprob  # greedy: the likeliest was taken
        assert len(others) == 2
        assert sum(math.exp(other.logprob) for other in one.top_logprobs) <= 1.0001
    alone = client.chat.completions.create(**wanted, logprobs=True).choices[0].logprobs
    assert alone
    assert [one.logprob for one in alone.content or []] == pytest.approx(
        [one.logprob for one in tokens], abs=1e-3
    )
    assert [one.top_logprobs for one in alone.content or []] == [[]] * len(tokens)
    streamed = [
        token
        for chunk in client.chat.completions.create(**wanted, logprobs=True, stream=True)
        for one in chunk.choices
        if one.logprobs
        for token in one.logprobs.content or []
    ]
    assert [one.token for one in streamed] == [one.token for one in tokens]


def test_a_stop_strings_tokens_are_not_told(client: OpenAI) -> None:
    choice = client.chat.completions.create(
        model="auto", messages=CAPITAL, temperature=0, logprobs=True, stop=["capital"]
    ).choices[0]
    assert choice.logprobs
    told = "".join(one.token for one in choice.logprobs.content or [])
    assert "Paris" not in told
    assert told.startswith(str(choice.message.content))


def test_a_texts_tokens_are_told_in_the_older_form(client: OpenAI) -> None:
    wanted: Any = {"model": "auto", "prompt": "The capital of France is", "temperature": 0}
    choice = client.completions.create(**wanted, max_tokens=5, logprobs=2).choices[0]
    told = choice.logprobs
    assert told
    assert "".join(told.tokens or []) == choice.text
    assert [choice.text[at] for at in told.text_offset or []] == [t[0] for t in told.tokens or []]
    assert [len(one) for one in told.top_logprobs or []] == [2] * len(told.tokens or [])
    pieces = client.completions.create(**wanted, max_tokens=5, logprobs=0, stream=True)
    streamed = [
        (token, at)
        for one in pieces
        if one.choices and one.choices[0].logprobs
        for token, at in zip(
            one.choices[0].logprobs.tokens or [],
            one.choices[0].logprobs.text_offset or [],
            strict=True,
        )
    ]
    assert streamed == list(zip(told.tokens or [], told.text_offset or [], strict=True))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"top_logprobs": 2}, "goes with logprobs"),
        ({"n": -1}, "n:"),
        ({"n": 9}, "n:"),
        ({"n": 10**30}, "n:"),
        ({"n": 2, "temperature": 0}, "would be the same"),
        ({"stop": ["x"] * 10_000}, "stop"),
        ({"stop": [1] * 10_000}, "stop"),
        ({"stop": {"a": 1}}, "stop"),
        ({"seed": -1}, "seed"),
        ({"seed": 10**40}, "seed"),
        ({"temperature": 1e308}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_tokens": 10**18}, "max_new_tokens"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"response_format": {"type": "klingon"}}, "response_format"),
        ({"response_format": 7}, "response_format"),
        ({"stream": "perhaps"}, "stream"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "part of a message"),
        ({"model": "x" * 100_000}, "neither"),
        ({"model": "o/" + "\u202e\x00\n" * 100}, ""),
        ({"model": 3}, "model"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_odd_values_get_a_short_sentence(server_url: str, asked: dict[str, Any], said: str) -> None:
    body = json.dumps({"messages": CAPITAL, "max_tokens": 2, **asked})
    headers = {"content-type": "application/json"}
    url = f"{server_url}/v1/chat/completions"
    answer = httpx.post(url, content=body, headers=headers, timeout=60)
    assert answer.status_code in {400, 404}
    error = answer.json()["error"]
    assert said in error["message"]
    assert len(answer.text) < 1_000
    assert not set("\u202e\x00\n") & set(error["message"])
