"""The endpoints as MCP tools, through a real MCP client over streamable HTTP."""

import ast
import asyncio
import base64
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from components.examples import FOLDER
from pipelines.registry import tasks

Result = TypeVar("Result")


def talk(server_url: str, work: Callable[[ClientSession], Awaitable[Result]]) -> Result:
    """Do the work in one session with the server.

    On a thread of its own: after the browser tests this one has Playwright's event loop.
    """

    async def session() -> Result:
        async with (
            streamable_http_client(f"{server_url}/gradio_api/mcp/") as (read, write, *_),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            return await work(client)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, session()).result()


def call(server_url: str, tool: str, **arguments: Any) -> Any:
    """What a tool answers, and whether it is an error."""
    return talk(server_url, lambda client: client.call_tool(tool, arguments))


@pytest.fixture(scope="module")
def tools(server_url: str) -> dict[str, Any]:
    listed = talk(server_url, lambda client: client.list_tools())
    return {tool.name: tool for tool in listed.tools}


def test_every_task_is_a_tool(tools: dict[str, Any]) -> None:
    assert {task.name for task in tasks().values()} <= set(tools)


def test_an_alias_is_no_tool_of_its_own(tools: dict[str, Any]) -> None:
    assert not {"ner", "sentiment_analysis"} & set(tools)


def test_a_tool_says_what_it_does_and_what_it_takes(tools: dict[str, Any]) -> None:
    for task in tasks().values():
        tool = tools[task.name]
        assert task.summary in tool.description
        properties = tool.inputSchema["properties"]
        assert list(properties)[: len(task.inputs)] == [p.name for p in task.inputs]
        assert all(one.get("description") for one in properties.values())


def test_a_model_sorts_a_text_under_labels(server_url: str) -> None:
    answer = call(
        server_url,
        "zero_shot_classification",
        text="Fry the onions in butter.",
        candidate_labels=["sport", "cooking"],
    )
    assert not answer.isError
    assert ast.literal_eval(answer.content[0].text)[0]["label"] == "cooking"


def test_a_model_writes_a_text(server_url: str) -> None:
    answer = call(server_url, "text_generation", prompt="Say hello.", max_new_tokens=8)
    assert not answer.isError
    told = ast.literal_eval(answer.content[0].text)
    assert told["result"]["generated_text"]
    assert told["notes"] == ["Cut at 8 tokens."]


@pytest.mark.parametrize(
    ("tool", "given", "file", "kind", "told"),
    [
        ("image_classification", "image", "cat.jpg", "image/jpeg", "cat"),
        ("automatic_speech_recognition", "audio", "weather.mp3", "audio/mpeg", "weather"),
    ],
)
def test_a_model_shows_a_picture_or_plays_a_sound(
    server_url: str, tool: str, given: str, file: str, kind: str, told: str
) -> None:
    content = base64.b64encode((FOLDER / file).read_bytes()).decode()
    answer = call(server_url, tool, **{given: f"data:{kind};base64,{content}"})
    assert not answer.isError, answer.content[0].text
    assert told in answer.content[0].text


def test_a_model_hears_the_notes_beside_an_answer(server_url: str) -> None:
    answer = call(server_url, "text_classification", text="fine " * 5000)
    told = ast.literal_eval(answer.content[0].text)
    assert told["result"][0]["label"] == "POSITIVE"
    assert "Only the first 20,000 of 24,999 characters count." in told["notes"]


def test_a_model_may_ask_about_several_texts(server_url: str) -> None:
    answer = call(server_url, "text_classification", text=["I love it.", "I hate it."])
    labels = [one[0]["label"] for one in ast.literal_eval(answer.content[0].text)]
    assert labels == ["POSITIVE", "NEGATIVE"]


def test_what_is_wrong_is_said_to_a_model_too(server_url: str) -> None:
    answer = call(server_url, "text_generation", prompt="")
    assert answer.isError
    assert "The prompt is empty" in answer.content[0].text
