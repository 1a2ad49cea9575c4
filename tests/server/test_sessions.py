"""What the server keeps of its clients: next to nothing of calls, all of an open page's."""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import gradio as gr
import httpx
import pytest
from gradio_client import Client

from components.server.app import launch_kwargs
from components.server.sessions import CALLS, PAGES, UNREAD, Sessions
from pipelines.settings import Settings


def count(so_far: int) -> tuple[int, int]:
    return so_far + 1, so_far + 1


@pytest.fixture
def page() -> gr.Blocks:
    """A page that counts in its session's state."""
    page = gr.Blocks(analytics_enabled=False)
    with page:
        state = gr.State(0)
        shown = gr.Number(value=0)
        gr.Button().click(count, state, [state, shown], api_name="count")
    page.queue(default_concurrency_limit=None)
    return page


@pytest.fixture
def sessions(page: gr.Blocks) -> Sessions:
    return Sessions(page)


def parts(page: gr.Blocks) -> tuple[int, int]:
    """The ids of the page's state and of what it shows."""
    state, shown = (
        next(i for i, block in page.blocks.items() if isinstance(block, kind))
        for kind in (gr.State, gr.Number)
    )
    return state, shown


def test_a_session_changes_nothing_of_the_page_or_of_another(
    page: gr.Blocks, sessions: Sessions
) -> None:
    state, shown = parts(page)
    sessions["a"][state] = 5
    sessions["a"][shown] = gr.Number(value=7, render=False)
    sessions["a"].blocks_config.fns.clear()
    assert (sessions["a"][state], sessions["a"][shown].value) == (5, 7)
    for other in (sessions["b"], sessions["c"]):
        assert (other[state], other[shown]) == (0, page.blocks[shown])
        assert other.blocks_config.fns == page.fns
    assert page.fns


def test_made_up_sessions_drop_each_other_and_no_open_page(
    page: gr.Blocks, sessions: Sessions
) -> None:
    state, _ = parts(page)
    sessions.opened("page")
    sessions["page"][state] = 5
    for n in range(5000):
        assert sessions[f"made up {n}"][state] == 0
    assert len(sessions.session_data) == len(sessions.time_last_used) == CALLS + 1
    assert sessions["page"][state] == 5


def test_heartbeats_made_up_drop_closed_pages_before_open_ones(sessions: Sessions) -> None:
    for n in range(3 * PAGES):
        sessions.opened(f"{n}")
        assert sessions[f"{n}"]
        if n > 10:
            sessions.closed(f"{n}")
    assert len(sessions.session_data) <= PAGES
    assert {f"{n}" for n in range(11)} <= set(sessions.session_data)
    assert len(sessions._heartbeats) <= PAGES + 1


def test_a_closed_page_may_come_back_for_an_hour(page: gr.Blocks, sessions: Sessions) -> None:
    state, _ = parts(page)
    long_ago = timedelta(minutes=90)
    sessions.opened("page")
    sessions["page"][state] = 5
    sessions["page"]._state_ttl[state] = (math.inf, datetime.now() - long_ago)
    sessions.time_last_used["page"] -= long_ago
    sessions.delete_all_expired_state()
    assert sessions.session_data["page"].state_data == {state: 5}
    sessions.session_data["page"].is_closed = True  # as gradio's heartbeat does at its end
    sessions.closed("page")
    sessions.delete_all_expired_state()
    assert sessions.session_data["page"].state_data == {state: 5}
    sessions.time_last_used["page"] -= timedelta(minutes=61)
    sessions.delete_all_expired_state()
    assert not sessions.session_data
    assert not sessions._heartbeats


def test_answers_that_nobody_fetches_are_forgotten(
    page: gr.Blocks, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue: Any = page._queue
    for n in range(1500):
        queue.pending_messages_per_session[f"{n}"] = ["answer"]
        queue.pending_event_ids_session[f"{n}"] = {f"{n}"} if n < 1000 else set()
    queue.event_ids_to_events = {"0": "still running"}
    sessions.delete_all_expired_state()
    assert len(queue.pending_messages_per_session) == 1500  # a client may be on its way
    sessions.delete_all_expired_state()
    kept = ["0", *(f"{n}" for n in range(1000 - UNREAD, 1000))]
    assert set(queue.pending_messages_per_session) >= {"0"}
    assert len(queue.pending_messages_per_session) <= len(kept)
    assert queue.pending_event_ids_session.keys() == queue.pending_messages_per_session.keys()
    monkeypatch.setattr("components.server.sessions.UNREAD_SECONDS", 0)
    sessions.delete_all_expired_state()
    assert list(queue.pending_messages_per_session) == ["0"]


def test_an_open_page_keeps_its_place_in_the_queue(page: gr.Blocks, sessions: Sessions) -> None:
    queue: Any = page._queue
    for session in ("page", "answered"):
        sessions.opened(session)
        queue.pending_messages_per_session[session] = ["answer"]
    queue.pending_event_ids_session = {"page": set(), "answered": {"1"}}
    for _ in range(3):
        sessions.delete_all_expired_state()
    assert list(queue.pending_messages_per_session) == ["page", "answered"]
    sessions.closed("page")
    for _ in range(2):
        sessions.delete_all_expired_state()
    assert list(queue.pending_messages_per_session) == ["answered"]


@pytest.fixture
def url(
    page: gr.Blocks, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    kwargs = launch_kwargs(page, replace(settings, public=True))
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_port=None, **kwargs)
    yield url.rstrip("/")
    page.close(verbose=False)


def test_a_client_that_stays_keeps_its_state_while_others_call(url: str) -> None:
    client = Client(url, verbose=False)
    with contextlib.closing(client), httpx.Client(base_url=f"{url}/gradio_api") as other:
        assert client.predict(api_name="/count") == 1
        for n in range(3 * CALLS):
            session = uuid4().hex if n % 2 else None
            answer = other.post("/run/count", json={"data": [None], "session_hash": session})
            assert answer.json()["data"][-1] == 1
        assert client.predict(api_name="/count") == 2
