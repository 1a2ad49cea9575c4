"""Functions that llama.cpp tells a model of, where its template has a place for them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.engines import llama
from pipelines.engines.llama_requests import CONTEXT
from pipelines.engines.llama_server import GrowingServer
from pipelines.inputs.messages import Message
from pipelines.run import Run
from pipelines.sampling import Sampling
from pipelines.settings import Settings
from pipelines.text.text_generation import text_generation
from tests.tiny import build, tokenizers

ASKED: list[Message] = [{"role": "user", "content": "What is the weather in Paris?"}]
CITY = {"type": "object", "properties": {"city": {"enum": ["Paris"]}}, "required": ["city"]}
WEATHER = {"name": "weather", "description": "The weather.", "parameters": CITY}
TOOLS: Any = ({"type": "function", "function": WEATHER},)
# As Hermes' and Qwen's: llama.cpp knows the form of their calls.
KNOWS = """{% if tools %}<|im_start|>system
<tools>{% for tool in tools %}{{ tool | tojson }}{% endfor %}</tools>
For each call return <tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% endif %}"""


# As llama.cpp sent it for SmolLM2 with Qwen2.5's template; it may write text before a call.
CALLED: list[Any] = [
    {"role": "assistant", "content": None},
    {"content": "Well."},
    {"tool_calls": [{"index": 0, "function": {"name": "weather", "arguments": "{"}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": '"city": "Par'}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": 'is"}'}}]},
    {},
]


def prompt_tokens(model: llama.LlamaModel, **options: Any) -> int:
    run = Run()
    with run.active():
        list(model.chat(ASKED, Sampling(1, **options)))
    return run.prompt_tokens or 0


def test_a_template_that_knows_tools_tells_the_model_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = llama.ENGINE.load(build("gguf", tmp_path / "plain"), "", Settings(threads=1))
    monkeypatch.setattr(tokenizers, "CHAT_TEMPLATE", KNOWS + tokenizers.CHAT_TEMPLATE)
    model = llama.ENGINE.load(build("gguf", tmp_path / "knows"), "", Settings(threads=1))
    try:
        assert (plain.knows_tools, model.knows_tools) == (False, True)
        asked = prompt_tokens(model)
        assert prompt_tokens(model, tools=TOOLS) > asked
        held = {"tools": TOOLS, "json_schema": {"const": 1}}
        assert prompt_tokens(model, **held) > asked  # told of them, and held to the schema alone
    finally:
        plain.close()
        model.close()


def test_calls_are_told_as_they_grow_and_are_why_the_text_ended() -> None:
    model = llama.LlamaModel.__new__(llama.LlamaModel)  # without llama.cpp
    model.__dict__ |= {"knows_tools": True}
    asked: list[Any] = []

    def handle(request: Any, on_chunk: Any) -> None:
        asked.append(request)
        for delta in CALLED:
            reason = None if delta else "tool_calls"
            timings = {"predicted_n": 5, "prompt_n": 9}
            on_chunk({"choices": [{"delta": delta, "finish_reason": reason}], "timings": timings})

    library = SimpleNamespace(handle_chat_completions=handle)
    model._server = GrowingServer(lambda size: library, [CONTEXT])
    run = Run()
    with run.active():
        *growing, last = text_generation(model, ASKED, tools=[*TOOLS])
    assert asked[0]["tools"] == [*TOOLS]
    assert asked[0]["tool_choice"] == "auto"
    texts: list[Any] = growing
    grown = [one["tool_calls"][0]["arguments"] for one in texts if "tool_calls" in one]
    whole = '{"city": "Paris"}'
    assert grown == ["{", '{"city": "Par', whole]
    calls = [{"name": "weather", "arguments": whole}]
    assert last == {"generated_text": "Well.", "tool_calls": calls}
    assert run.finish_reasons == ["tool_calls"]
