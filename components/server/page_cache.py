"""Keeps the page as it is sent, compressed too, and has one made at a time.

gradio copies and serializes the page's whole configuration for every request: 13 ms, all of it the
interpreter's, in forty threads that wait for each other. With 500 requests at once the next visitor
waited 17 s (measured 2026-11-28 on two cores). What is sent depends on the visitor's language and
on the address that the page is asked by; who asks it knows only where a password is needed.
"""

import asyncio
import gzip
from collections import Counter

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.translations import LANGUAGE

PAGE = "/"
# What gradio makes anew for each request: the page, and what programs read of it.
MADE = {PAGE, "/config", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/mcp/schema"}
ADDRESS = ("x-forwarded-host", "x-forwarded-proto", "x-gradio-server")  # as gradio reads it
MOST = 50  # responses that are kept, of 0.4 MB with the page; those asked for least often go first
LONGEST = 1_000  # characters of an address; one of a page's is there a hundred times
OK = 200
GZIP = "gzip"

Key = tuple[str, ...]
Made = tuple[Message, bytes]  # the start of a response, and its body


class PageCache:
    """ASGI middleware, the innermost: what it keeps has none of a visitor's own headers."""

    def __init__(self, app: ASGIApp, private: bool) -> None:
        """With `private`, the page depends on who asks for it, and nothing is kept."""
        self.app, self.private = app, private
        self._kept: dict[Key, Made] = {}
        self._asked: Counter[Key] = Counter()
        self._one = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what is kept; pass other requests on."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or self.private:
            return await self.app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/") or PAGE
        if path not in MADE:
            return await self.app(scope, receive, send)
        if path == PAGE:
            scope = {**scope, "query_string": b""}  # only the page's own script reads it
        key = _key(Request(scope))
        if not (made := self._kept.get(key)):
            async with self._one:
                made = self._kept.get(key) or await self._make(scope, receive, key)
        if key in self._kept:
            self._asked[key] += 1
        start, body = made
        await send({**start, "headers": [*start["headers"]]})  # other middleware adds to them
        await send({"type": "http.response.body", "body": body})

    async def _make(self, scope: Scope, receive: Receive, key: Key) -> Made:
        start: Message = {}
        pieces = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            pieces.extend(message.get("body", b""))

        await self.app(scope, receive, collect)
        made = await asyncio.to_thread(_compressed, start, bytes(pieces), key[0])
        if start["status"] == OK and not scope["query_string"] and sum(map(len, key)) < LONGEST:
            if len(self._kept) >= MOST:
                least = min(self._kept, key=self._asked.__getitem__)
                del self._kept[least], self._asked[least]
            self._kept[key] = made
        return made


def _key(request: Request) -> Key:
    """All that the response depends on, its encoding first."""
    encoding = GZIP if GZIP in request.headers.get("accept-encoding", "") else ""
    address = (request.headers.get(name, "") for name in ADDRESS)
    root_path = request.scope.get("root_path", "")
    return encoding, request.method, LANGUAGE.get(), str(request.url), root_path, *address


def _compressed(start: Message, body: bytes, encoding: str) -> Made:
    headers = [one for one in start["headers"] if one[0] != b"content-length"]
    if encoding == GZIP:
        headers.append((b"content-encoding", GZIP.encode()))
        body = gzip.compress(body)
    headers += [(b"content-length", b"%d" % len(body)), (b"vary", b"Accept-Encoding")]
    return {**start, "headers": headers}, body
