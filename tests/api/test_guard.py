"""Who may not call is told so before the body is read."""

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Message

from api.app import KeyGuard
from api.calls import Calls
from api.keys import Keys
from api.openai import app as openai
from components.server.limits import BodyLimit
from pipelines import Playground
from pipelines.parse_json import DEEPEST
from pipelines.settings import Settings


@pytest.mark.parametrize(
    "path", ["/v1/audio/transcriptions", "/hf/tasks/summarization", "/metrics"]
)
def test_a_caller_without_a_key_sends_no_body(path: str) -> None:
    sent: list[Message] = []

    async def unread() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    async def page(*_: Any) -> None:
        raise AssertionError("the call went through")

    scope = {
        "type": "http",
        "path": path,
        "method": "POST",
        "headers": [],
        "client": ("1.2.3.4", 5),
    }
    guard = KeyGuard(page, Keys(Settings(api_keys="secret")))
    asyncio.run(guard(scope, unread, send))
    assert sent[0]["status"] == 401
    assert b"API key is missing" in sent[1]["body"]


def test_other_addresses_pass() -> None:
    passed: list[str] = []

    async def page(scope: Any, *_: Any) -> None:
        passed.append(scope["path"])

    guard: Any = KeyGuard(page, Keys(Settings(api_keys="secret")))
    asyncio.run(guard({"type": "http", "path": "/", "headers": []}, None, None))
    asyncio.run(guard({"type": "lifespan", "path": ""}, None, None))
    assert passed == ["/", ""]


def test_what_is_refused_at_the_door_has_the_apis_form() -> None:
    settings = Settings(max_upload_mb=1)
    v1 = Mount("/v1", openai.build(Calls(Playground(settings))))
    guarded = KeyGuard(BodyLimit(Starlette(routes=[v1]), settings), Keys(settings))
    client = TestClient(guarded, base_url="http://127.0.0.1")
    sound = client.post("/v1/audio/transcriptions", files={"file": b"x" * 3_000_000})
    prompt = "[" * DEEPEST + "]" * DEEPEST
    deep, broken = (client.post("/v1/completions", content=one) for one in (f"[{prompt}]", prompt))
    assert (sound.status_code, deep.status_code, broken.status_code) == (413, 400, 400)
    assert "larger than 2 MB" in sound.json()["error"]["message"]
    assert "too deeply" in deep.json()["error"]["message"]
    assert "too deeply" not in broken.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"{", b'{"messages": []}'])
def test_what_curl_sends_without_a_content_type_is_told_what_to_send(content: bytes) -> None:
    client = TestClient(openai.build(Calls(Playground(Settings()))))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/chat/completions", content=content, headers=kind)
    assert answer.status_code == 400
    assert "Content-Type: application/json" in answer.json()["error"]["message"]
