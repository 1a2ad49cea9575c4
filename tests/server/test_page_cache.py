"""The page is made once for a language and an address, and one at a time."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from components.server import page_cache
from components.server.languages import VisitorLanguage
from components.server.page_cache import PageCache
from components.translations import LANGUAGE

FLOOD = 3 * page_cache.MOST


class Page:
    """Says what it was asked by; it takes a moment of its own."""

    def __init__(self) -> None:
        self.made = self.now = self.most = 0
        self.status = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.made += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        host = dict(scope["headers"])[b"host"].decode()
        body = f"{scope['path']} of {host} in {LANGUAGE.get()} {scope['query_string']!r}".encode()
        length = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": self.status, "headers": length})
        await send({"type": "http.response.body", "body": body})


def ask(page: Page, *requests: dict[str, Any], private: bool = False) -> list[httpx.Response]:
    """Ask all at once, then the last once more."""

    async def asked() -> list[httpx.Response]:
        app = VisitorLanguage(PageCache(page, private))
        address = {"transport": httpx.ASGITransport(app), "base_url": "http://here"}
        async with httpx.AsyncClient(**address) as client:  # type: ignore[arg-type]  # a dict of both
            sent = [client.get(**{"url": "/", **one}) for one in requests]
            return [*await asyncio.gather(*sent), await client.get(**{"url": "/", **requests[-1]})]

    return asyncio.run(asked())


def test_many_who_ask_at_once_get_one_page() -> None:
    page = Page()
    answers = ask(page, *[{"url": f"/?tab={number}"} for number in range(FLOOD)])
    assert {one.text for one in answers} == {"/ of here in en b''"}
    assert page.made == 1


@pytest.mark.parametrize(
    ("other", "text"),
    [
        ({"headers": {"accept-language": "fr"}}, "/ of here in fr b''"),
        ({"headers": {"host": "there"}}, "/ of there in en b''"),
        ({"headers": {"x-forwarded-host": "there"}}, "/ of here in en b''"),
        ({"headers": {"x-forwarded-proto": "https"}}, "/ of here in en b''"),
        ({"headers": {"accept-encoding": "identity"}}, "/ of here in en b''"),
        ({"url": "/config"}, "/config of here in en b''"),
        ({"url": "/config?page=2"}, "/config of here in en b'page=2'"),
    ],
)
def test_what_a_response_depends_on_makes_another(other: dict[str, Any], text: str) -> None:
    page = Page()
    first, second, _ = ask(page, {}, other)
    assert (first.text, second.text) == ("/ of here in en b''", text)
    assert page.made >= 2
    assert "accept-encoding" in second.headers["vary"].lower()


def test_pages_are_made_one_at_a_time_and_the_popular_one_stays() -> None:
    page = Page()
    hosts = [{"headers": {"host": f"host-{number}"}} for number in range(FLOOD)]
    ask(page, {}, {}, *hosts, {})
    assert (page.made, page.most) == (1 + FLOOD, 1)


@pytest.mark.parametrize(("status", "private"), [(500, False), (200, True)])
def test_a_failure_or_a_page_behind_a_password_is_not_kept(status: int, private: bool) -> None:
    page = Page()
    page.status = status
    ask(page, {}, {}, private=private)
    assert page.made == 3


def test_a_slow_reader_of_a_page_that_is_not_kept_holds_up_nobody() -> None:
    cache, read = PageCache(Page(), private=False), 0

    async def send(message: Any) -> None:
        nonlocal read
        read += 1
        await asyncio.Event().wait()

    async def both() -> None:
        scope = {"type": "http", "method": "GET", "path": "/config", "query_string": b"page=1"}
        scope |= {"headers": [(b"host", b"here")], "server": ("here", 80), "scheme": "http"}
        readers = [asyncio.create_task(cache(scope, None, send)) for _ in range(2)]  # type: ignore[arg-type]  # never called
        while read < len(readers):
            await asyncio.sleep(0)
        for one in readers:
            one.cancel()

    asyncio.run(asyncio.wait_for(both(), 60))
