"""Runs and stops in Chromium, where the visitor's cookie is kept and where it is not."""

import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE, Tab

expect.set_options(timeout=PATIENCE)
LINK = "/?task=text-generation"


@pytest.fixture
def other_site(server_url: str, tmp_path: Path) -> Iterator[str]:
    """A page with the app in a frame, under a name that for cookies is another site."""
    frame = f'<iframe src="{server_url}{LINK}" width="1200" height="900"></iframe>'
    (tmp_path / "index.html").write_text(frame)

    def handler(*values: Any) -> SimpleHTTPRequestHandler:
        return SimpleHTTPRequestHandler(*values, directory=str(tmp_path))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def run_and_stop(tab: Tab) -> None:
    tab.panel.get_by_label("Prompt").fill("Write a very long story about the sea.")
    tab.run()
    tab.panel.locator(".message.bot").wait_for()
    tab.button("Stop").dispatch_event("click")
    expect(tab.status).to_have_text("Stopped.")


def test_a_page_runs_and_stops_with_the_cookie(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(LINK)
    run_and_stop(Tab(page, "text-generation"))
    (cookie,) = page.context.cookies()
    assert cookie["name"].startswith("playground-visitor-")
    assert cookie["httpOnly"]


def test_a_page_in_another_sites_frame_runs_and_stops_without_a_cookie(
    browser: Browser, other_site: str
) -> None:
    context = browser.new_context()
    try:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(other_site)
        frame = page.wait_for_selector("iframe")
        assert frame
        framed: Any = frame.content_frame()
        run_and_stop(Tab(framed, "text-generation"))
        assert context.cookies() == []
    finally:
        context.close()
