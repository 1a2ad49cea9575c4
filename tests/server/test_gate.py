"""What the gate lets through, value by value."""

import asyncio
import errno
import json
from typing import Any

import gradio as gr
import pytest
from gradio.components.api_component import Api

from components.server.gate import GatedBlocks, admit
from pipelines.errors import InputError

WRONG: list[Any] = [["user"], {"a": 1}, None, 7, "tool"]


@pytest.mark.parametrize("role", WRONG)
def test_a_chats_message_has_a_role_that_there_is(role: Any) -> None:
    with gr.Blocks():
        chat = gr.Chatbot()
    with pytest.raises(InputError, match="cannot use what was sent"):
        admit(chat, [{"role": role, "content": "Hi"}])


@pytest.mark.parametrize(
    "address",
    ["https://example.com/a.png", "HTTPS://example.com/a.png", "data:image/png;base64,AA=="],
)
def test_addresses_reach_the_readers_of_endpoints_and_gradio_fetches_none(address: str) -> None:
    endpoint = Api(None, {"type": "string"})
    for given in ({"url": address}, {"path": address}, {"path": None, "url": address}):
        assert admit(endpoint, given) == {"url": address}


def test_a_schema_may_have_properties_named_as_a_files_are() -> None:
    schema = {"type": "object", "properties": {"path": {"type": "string"}, "url": True}}
    tools = [{"type": "function", "function": {"name": "read", "parameters": schema}}]
    for given in (schema, tools):
        assert admit(Api(None, {"type": "object"}), given) == given
    with pytest.raises(InputError, match="not uploaded here"):
        admit(Api(None, {"type": "object"}), {"path": {"type": "string"}, "url": "/etc/passwd"})


def test_a_box_for_files_takes_no_web_address() -> None:
    with gr.Blocks():
        picture = gr.Image()
    for given in ({"url": "https://example.com/a.png"}, {"path": "https://example.com/a.png"}):
        with pytest.raises(InputError, match="not uploaded here"):
            admit(picture, given)


def test_an_event_of_the_pages_script_alone_takes_a_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with GatedBlocks() as page:
        event = gr.Button().click(None, None, None, js="() => 1")
    number = int(event["id"])
    with pytest.raises(gr.Error, match="cannot use what was sent"):
        asyncio.run(page.process_api(page.fns[number], [], request=None, state=None))
    [line] = caplog.records
    assert (line.exc_info, line.getMessage().startswith("a call of event")) == (None, True)


def test_half_a_character_goes_no_further_than_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    with gr.Blocks():
        boxes: list[Any] = [gr.Textbox(), Api(None, {"type": "string"}), gr.Chatbot()]
    given = ["a \ud83d", ["\ud83d"], [{"role": "user", "content": "\ud83d"}]]
    passed = json.dumps(GatedBlocks()._admit_all(boxes, given), ensure_ascii=False)
    assert (passed.count("\ufffd"), passed.count("\ud83d")) == (3, 0)
    event = gr.EventData(None, {"value": "\ud83d"})

    async def answer(*_: Any, event_data: gr.EventData) -> dict[str, Any]:
        return dict(event_data._data)

    monkeypatch.setattr(gr.Blocks, "process_api", answer)
    assert asyncio.run(GatedBlocks().process_api(event_data=event)) == {"value": "\ufffd"}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (OSError(errno.EACCES, "Permission denied"), "cannot use what was sent"),
    ],
)
def test_a_file_that_finds_no_room_on_the_disk_is_no_fault_of_the_page(
    error: OSError, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any) -> None:
        raise error

    monkeypatch.setattr(gr.Blocks, "process_api", failing)
    with pytest.raises(gr.Error, match=told):
        asyncio.run(GatedBlocks().process_api())
