"""Another visitor's session on the running app: attacked with its hash, by all that takes one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from gradio_client import Client

from components.server.session_binding import IssueCookie, SessionBinding
from components.server.visitors import Visitors

HASH = "victim-{}"
TOKENS = 60
PATIENCE = 60.0


@dataclass
class Running:
    """A visitor's generation that goes on while others attack it."""

    client: httpx.Client
    session: str
    event: str
    fn: int

    def answer(self) -> str:
        """The whole answer, as the visitor gets it."""
        with self.client.stream("GET", "queue/data", params={"session_hash": self.session}) as got:
            got.raise_for_status()
            for line in got.iter_lines():
                message = json.loads(line.removeprefix("data: ")) if line else {}
                if message.get("msg") == "process_completed":
                    assert message["success"], message
                    return str(message["output"]["data"][0]["generated_text"])
        raise AssertionError("the stream ended without an answer")


def visitor(server_url: str, cookies: bool = True) -> httpx.Client:
    """A client of its own, which has opened the page unless it takes no cookies."""
    if cookies:
        jar = httpx.get(server_url, timeout=PATIENCE).raise_for_status().cookies
    return httpx.Client(
        base_url=f"{server_url}/gradio_api/", cookies=jar if cookies else None, timeout=PATIENCE
    )


@pytest.fixture(params=[True, False], ids=["with cookies", "without cookies"])
def running(server_url: str, request: pytest.FixtureRequest) -> Iterator[Running]:
    fns = httpx.get(f"{server_url}/config", timeout=PATIENCE).json()["dependencies"]
    fn = next(one["id"] for one in fns if one["api_name"] == "text_generation")
    session = HASH.format(request.node.name)
    with visitor(server_url, request.param) as client:
        data = ["Write a long story about a lighthouse.", "auto", TOKENS, 0.0, 0.9, 0]
        yield Running(client, session, join(client, session, fn, data), fn)


def join(client: httpx.Client, session: str, fn: int, data: list[Any]) -> str:
    given = {"data": data, "fn_index": fn, "session_hash": session}
    return str(client.post("queue/join", json=given).raise_for_status().json()["event_id"])


def other(server_url: str) -> httpx.Client:
    return visitor(server_url)


def nobody(server_url: str) -> httpx.Client:
    return visitor(server_url, cookies=False)


def forger(server_url: str) -> httpx.Client:
    """Has another visitor's cookie with a few letters changed."""
    client = visitor(server_url)
    for name, value in list(client.cookies.items()):
        client.cookies.set(name, f"0000{value[4:]}")
    return client


def attacks(at: Running) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every request that names a session, or an event of one."""
    session, event, body = at.session, at.event, {"session_hash": at.session}
    predict = {**body, "data": [], "fn_index": at.fn}
    yield "GET", "queue/data", {"params": body}
    yield "GET", f"call/text_generation/{session}", {}  # gradio takes it for a session hash
    yield "GET", f"call/text_generation/{event}", {}
    yield "GET", f"call/v2/text_generation/{event}", {}
    yield "POST", "cancel", {"json": {**body, "fn_index": at.fn, "event_id": event}}
    yield "POST", "cancel", {"json": {"session_hash": "mine", "fn_index": 0, "event_id": event}}
    yield "POST", "reset", {"json": {"event_id": event}}
    yield "GET", f"heartbeat/{session}", {}
    yield "POST", "queue/join", {"json": predict}
    yield "POST", "run/text_generation", {"json": predict}
    yield "POST", "api/text_generation", {"json": predict}
    yield "POST", "call/text_generation", {"json": predict}
    yield "POST", f"stream/{event}", {"json": predict}
    yield "POST", f"stream/{event}/close", {}
    for file in ("playlist.m3u8", "playlist-file", "0.aac"):
        yield "GET", f"stream/{session}/run/1/{file}", {}


def test_nobody_reads_or_stops_a_session_with_its_hash_alone(
    server_url: str, running: Running
) -> None:
    # Requests without a cookie from one address are one visitor's.
    for attacker in [other, nobody, forger] if running.client.cookies else [other]:
        with attacker(server_url) as client:
            for method, path, sent in attacks(running):
                answer = client.request(method, path, **sent)
                assert answer.status_code == 403, (path, answer.status_code, answer.text[:200])
                assert answer.json()["detail"].startswith("This session belongs to another visitor")
    assert len(running.answer()) > TOKENS


def test_a_visitor_cancels_their_own(running: Running) -> None:
    body = {"session_hash": running.session, "fn_index": running.fn, "event_id": running.event}
    assert running.client.post("cancel", json=body).json() == {"success": True}


def test_a_call_without_a_session_is_read_by_the_event_id_it_was_given(server_url: str) -> None:
    with nobody(server_url) as client:
        called = client.post("call/models", json={"data": ["translation"]}).json()
        told = client.get(f"call/models/{called['event_id']}").text
    assert "event: complete" in told


def test_gradios_client_keeps_the_cookie(server_url: str) -> None:
    client = Client(server_url, verbose=False)
    try:
        assert client.predict("translation", api_name="/models")
        with nobody(server_url) as attacker:
            answer = attacker.get("queue/data", params={"session_hash": client.session_hash})
        assert answer.status_code == 403
    finally:
        client.close()


def test_a_cookie_is_given_once_and_is_no_scripts(server_url: str) -> None:
    with httpx.Client(base_url=server_url, timeout=PATIENCE) as client:
        (given,) = client.get("/").headers.get_list("set-cookie")
        assert "HttpOnly" in given
        assert "SameSite=Lax" in given
        assert "Secure" not in given
        assert "set-cookie" not in client.get("/config").headers
    with httpx.Client(base_url=server_url, timeout=PATIENCE) as client:
        forwarded = client.get("/", headers={"x-forwarded-proto": "https"})
    assert forwarded.headers["set-cookie"].endswith("; Secure")


def test_an_uploads_progress_is_its_own_visitors(server_url: str) -> None:
    with visitor(server_url) as client, other(server_url) as attacker:
        files = {"files": ("a.txt", b"a")}
        client.post("upload", params={"upload_id": "u1"}, files=files).raise_for_status()
        assert attacker.get("upload_progress", params={"upload_id": "u1"}).status_code == 403


def test_made_up_sessions_do_not_push_out_those_of_other_networks(tmp_path: Path) -> None:
    binding = SessionBinding(Visitors(tmp_path), most=10)
    assert binding.claim("mine", "ada", "home")
    for number in range(100):
        assert binding.claim(f"made up {number}", f"eve {number}", "evil")
    assert not binding.claim("mine", "eve", "evil")
    assert binding.claim("mine", "ada", "home")
    assert len(binding._owners) == 10
    assert sum(binding._held.values()) == 10


def test_a_session_that_is_used_is_not_the_oldest(tmp_path: Path) -> None:
    binding = SessionBinding(Visitors(tmp_path), most=2)
    for session in ("used", "idle", "used", "new"):
        assert binding.claim(session, "ada", "home")
    assert list(binding._owners) == ["used", "new"]


@pytest.mark.parametrize(("address", "secure"), [("http://page", False), ("https://page", True)])
def test_no_proxy_keeps_a_page_with_a_visitors_cookie(
    tmp_path: Path, address: str, secure: bool
) -> None:
    app = FastAPI()
    app.get("/", response_class=HTMLResponse)(lambda: "<p>")
    app.get("/file")(lambda: "none")
    app.add_middleware(IssueCookie, visitors=Visitors(tmp_path))
    client = TestClient(app, base_url=address)
    assert "set-cookie" not in client.get("/file").headers
    page = client.get("/")
    assert page.headers["cache-control"] == "private"
    assert page.headers["set-cookie"].endswith("; Secure") is secure
    assert "cache-control" not in client.get("/").headers  # the cookie is there already


@pytest.mark.parametrize("hash", ["", 5, ["a"], {}], ids=str)
def test_what_is_no_session_hash_is_refused_before_gradio_queues_it(
    tmp_path: Path, hash: Any
) -> None:
    reached: list[bool] = []
    app = FastAPI(dependencies=[Depends(SessionBinding(Visitors(tmp_path)))])
    app.post("/queue/join")(lambda: reached.append(True))
    client = TestClient(app)
    assert client.post("/queue/join", json={"session_hash": hash}).status_code == 400
    assert not reached
    assert client.post("/queue/join", json={"session_hash": "a"}).status_code == 200


def test_a_session_hash_as_long_as_a_book_is_refused(server_url: str) -> None:
    with nobody(server_url) as client:
        answer = client.get("queue/data", params={"session_hash": "a" * 5000})
    assert answer.status_code == 400
