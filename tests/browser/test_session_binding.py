"""Runs and stops in Chromium, where the visitor's cookie is kept and where it is not."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Frame, Page, expect

from tests.browser.conftest import PATIENCE, Tab

expect.set_options(timeout=PATIENCE)
LINK = "/?task=text-generation"


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
    framed: Callable[[str], Frame],
) -> None:
    frame: Any = framed(LINK)
    run_and_stop(Tab(frame, "text-generation"))
    assert frame.page.context.cookies() == []
