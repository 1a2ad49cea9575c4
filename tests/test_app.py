"""The app starts as a user starts it."""

import httpx


def test_the_page_answers(server_url: str) -> None:
    page = httpx.get(server_url, timeout=30)
    assert "Pipeline Playground" in page.text
