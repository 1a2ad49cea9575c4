"""Functions that a chat may call, with the real client; and what is held to what."""

import json
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel, Field

from api.openai import chat
from api.openai import tools as openai_tools
from api.openai.chat import ChatRequest
from pipelines.errors import InputError
from pipelines.inputs import Tools
from pipelines.settings import Settings
from pipelines.text.tool_calls import call_in, call_schema, with_tools

ASKED: Any = [{"role": "user", "content": "What is the weather in Paris?"}]


class Place(BaseModel):
    city: str = Field(max_length=12)


class Weather(BaseModel):
    """Its schema refers to its own definitions."""

    place: Place
    days: int = Field(ge=1, le=7)


def declared(name: str, parameters: Any) -> dict[str, Any]:
    function = {"name": name, "description": f"The {name} of a place.", "parameters": parameters}
    return {"type": "function", "function": function}


WEATHER = declared("weather", Weather.model_json_schema())
NOTHING = {"type": "object", "properties": {}}
TIME = declared("time", NOTHING)
TOOLS: Any = [TIME, WEATHER]
NAMED: Any = {"type": "function", "function": {"name": "weather"}}


def test_the_named_function_is_called_as_it_is_declared(client: OpenAI) -> None:
    wanted: Any = {"model": "auto", "messages": ASKED, "tools": TOOLS, "temperature": 0}
    choice = client.chat.completions.create(**wanted, tool_choice=NAMED).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    [call] = choice.message.tool_calls or []
    assert (call.type, call.id[:5]) == ("function", "call_")
    assert call.function.name == "weather"
    Weather.model_validate_json(call.function.arguments)
    with client.chat.completions.stream(**wanted, tool_choice=NAMED) as stream:
        pieces = [e for e in stream if e.type == "tool_calls.function.arguments.delta"]
        [streamed] = stream.get_final_completion().choices[0].message.tool_calls or []
    assert streamed.function.arguments == call.function.arguments
    assert streamed.function.name == "weather"
    assert len(pieces) > 2


def test_a_conversation_goes_on_after_a_call(client: OpenAI) -> None:
    wanted: Any = {"model": "auto", "tools": TOOLS, "temperature": 0}
    first = client.chat.completions.create(**wanted, messages=ASKED, tool_choice="required")
    message = first.choices[0].message
    [call] = message.tool_calls or []
    assert call.function.name in {"time", "weather"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny, 21 degrees."}
    turns: Any = [*ASKED, message, result]
    answer = client.chat.completions.create(
        model="auto", messages=turns, tools=TOOLS, tool_choice="none", temperature=0, max_tokens=40
    )
    assert answer.choices[0].message.content
    assert not answer.choices[0].message.tool_calls


def test_calls_and_their_results_are_turns_that_every_template_takes() -> None:
    function = {"name": "weather", "arguments": '{"city": "Paris"}'}
    called = {"role": "assistant", "tool_calls": [{"id": "c1", "function": function}]}
    result = {"role": "tool", "tool_call_id": "c1", "content": "Sunny."}
    body = ChatRequest.model_validate({"messages": [*ASKED, called, result]})
    assert chat._messages(body.messages)[1:] == [
        {"role": "assistant", "content": '{"name": "weather", "arguments": {"city": "Paris"}}'},
        {"role": "user", "content": "weather returned: Sunny."},
    ]


def test_a_template_without_tools_answers_in_text_and_says_so(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="auto", messages=ASKED, tools=TOOLS, max_tokens=4, temperature=0
    )
    assert answer.choices[0].message.content
    assert not answer.choices[0].message.tool_calls
    assert "knows no functions" in str(answer.model_extra)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"tools": TOOLS, "tool_choice": {**NAMED, "function": {"name": "x"}}}, "No function is"),
        ({"tool_choice": "required"}, "there are none"),
        ({"tools": [{"type": "web_search"}]}, "web_search"),
        ({"tools": [declared("a b", NOTHING)]}, "no name of a function"),
        ({"tools": [TIME, TIME]}, "two functions"),
        ({"tools": [TIME] * 33}, "up to 32"),
        ({"tools": [declared("a", {"not": {}})], "tool_choice": "required"}, "cannot be held"),
        ({"tools": TOOLS, "logprobs": True}, "without json_schema and top_logprobs"),
        ({"functions": [{"name": "a"}]}, "Declare them in tools"),
        ({"messages": [*ASKED, {"role": "tool", "content": "1", "tool_call_id": "c"}]}, "no call"),
        ({"reasoning_effort": "high"}, "reasoning_effort"),
        ({"logit_bias": {"1": 5}}, "logit_bias"),
        ({"store": True}, "store"),
        ({"extra_body": {"best_of_all": 1}}, "best_of_all"),
        ({"stream_options": {"include_usage": True}}, "goes with stream"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_done_is_refused(client: OpenAI, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(openai.BadRequestError, match=said):
        client.chat.completions.create(**{"model": "auto", "messages": ASKED, **asked})


def test_what_changes_no_answer_may_be_sent(client: OpenAI) -> None:
    sent: Any = {
        "model": "auto",
        "messages": [{**ASKED[0], "name": "ada"}],
        "max_tokens": 1,
        "user": "ada",
        "store": False,
        "metadata": {"a": "b"},
        "logit_bias": {},
        "service_tier": "auto",
        "tool_choice": "auto",
        "parallel_tool_calls": True,
    }
    assert client.chat.completions.create(**sent).usage


def test_the_other_routes_refuse_what_they_do_not_take(client: OpenAI) -> None:
    sound = ("a.wav", b"RIFF")
    asked: list[Any] = [
        lambda: client.completions.create(model="auto", prompt="a", logit_bias={"1": 1}),
        lambda: client.embeddings.create(model="auto", input="a", extra_body={"truncate": 1}),
        lambda: client.audio.transcriptions.create(model="auto", file=sound, prompt="Names: Ada."),
        lambda: client.audio.transcriptions.create(model="auto", file=sound, temperature=0.5),
        lambda: client.audio.speech.create(
            model="auto", voice="alloy", input="a", instructions="Whisper."
        ),
    ]
    for ask in asked:
        with pytest.raises(openai.BadRequestError, match="not taken here"):
            ask()
    translations = f"{client.base_url}audio/translations"  # the client warns that they are old
    answer = httpx.post(translations, files={"file": sound}, data={"prompt": "Ada"}, timeout=60)
    assert (answer.status_code, "not taken here" in answer.text) == (400, True)
    with pytest.raises(openai.BadRequestError, match="not a sound"):  # the rest is looked at
        client.audio.transcriptions.create(model="auto", file=sound, temperature=0)


def test_several_texts_are_gone_on_with_in_one_stream(client: OpenAI) -> None:
    wanted: Any = {"model": "auto", "max_tokens": 4, "temperature": 1.0, "seed": 3, "n": 2}
    prompts = ["Once upon a", "The sea"]
    whole = client.completions.create(prompt=prompts, **wanted, echo=True)
    chunks = list(
        client.completions.create(
            prompt=prompts, **wanted, echo=True, stream=True, stream_options={"include_usage": True}
        )
    )
    texts, reasons = [""] * 4, [""] * 4
    for chunk in chunks:
        for one in chunk.choices:
            texts[one.index] += one.text
            reasons[one.index] += one.finish_reason or ""
    assert texts == [one.text for one in whole.choices]
    assert reasons == [one.finish_reason for one in whole.choices]
    assert chunks[-1].usage == whole.usage


def test_a_stream_whose_second_text_fails_says_so_in_it(client: OpenAI) -> None:
    stream = client.completions.create(
        model="auto", prompt=["Once upon a", ""], max_tokens=2, stream=True
    )
    with pytest.raises(openai.APIError, match="empty"):
        list(stream)


def test_a_call_grows_as_its_text_does_and_keeps_its_own_braces() -> None:
    arguments = json.dumps({"place": {"city": "Par}is"}, "days": 1})
    text = f'{{"name": "weather", "arguments": {arguments}}}'
    grown = ""
    for end in range(len(text) + 1):
        call = call_in(text[:end])
        if call is not None:
            assert call["name"] == "weather"
            assert call["arguments"].startswith(grown)
            grown = call["arguments"]
    assert grown == arguments
    assert call_in("It is sunny.") is None


def test_each_functions_definitions_stay_its_own() -> None:
    number = {"$defs": {"Place": {"type": "integer"}}, "$ref": "#/$defs/Place"}
    schema = call_schema([WEATHER, declared("other", number)], "required")
    assert schema
    assert schema["$defs"]["other"]["$ref"] == "#/$defs/other/$defs/Place"
    place = schema["$defs"]["weather"]["properties"]["place"]
    assert place["$ref"] == "#/$defs/weather/$defs/Place"
    assert call_schema([WEATHER], "auto") is None
    with pytest.raises(InputError, match="No function is named"):
        call_schema([WEATHER], "time")


def test_a_template_without_tools_is_told_of_them_after_its_system_message() -> None:
    system: Any = [{"role": "system", "content": "Be brief."}, *ASKED]
    first, *rest = with_tools(system, TOOLS)
    assert rest == ASKED
    assert first["content"].startswith("Be brief.\n\nYou can call")
    assert '"name": "weather"' in first["content"]
    assert with_tools(ASKED, TOOLS)[1:] == ASKED


def test_a_declaration_is_made_whole() -> None:
    given = [{"type": "function", "function": {"name": "f"}}]
    [read] = Tools("").read("tools", given, Settings()) or []
    assert read["function"] == {"name": "f", "description": "", "parameters": NOTHING}
    assert Tools("").read("tools", [], Settings()) is None


def test_what_is_new_of_several_calls_is_sent_once() -> None:
    growing = openai_tools.Growing()
    first = growing.new([{"name": "a", "arguments": '{"x'}])
    second = growing.new([{"name": "a", "arguments": '{"x": 1}'}, {"name": "b", "arguments": ""}])
    assert [(one["index"], one["function"]) for one in first] == [
        (0, {"name": "a", "arguments": '{"x'})
    ]
    assert second[0] == {"index": 0, "function": {"arguments": '": 1}'}}
    assert second[1]["function"] == {"name": "b", "arguments": ""}
    assert growing.new([{"name": "a", "arguments": '{"x": 1}'}]) == []
