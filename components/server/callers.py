"""Says of every request who asks and under which id the log has it.

The id is the client's `X-Request-Id` where that is a plain one, and goes back in the response.
Whoever starts a run finds the Caller in the request's scope: `caller_of`.
"""

import re
import time
import uuid
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.server.session_binding import cookie_name
from components.server.visitors import Visitors
from pipelines.caller import NOBODY, SCOPE, Caller

HEADER = "x-request-id"
RECEIVED = "playground.received"  # in the scope, too: when the request came
PLAIN = re.compile(r"[\w.-]{1,64}", re.ASCII)


class Identify:
    """ASGI middleware, outside of all that asks for the Caller: puts it into the scope."""

    def __init__(self, app: ASGIApp, visitors: Visitors) -> None:
        self.app, self.visitors, self.cookie = app, visitors, cookie_name(visitors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its id back."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get(HEADER, "")
        name = given if PLAIN.fullmatch(given) else uuid.uuid4().hex
        network = self.visitors.network(scope["client"][0] if scope.get("client") else "")
        visitor = self.visitors.verify(Request(scope).cookies.get(self.cookie))
        scope[RECEIVED] = time.monotonic()
        scope[SCOPE] = Caller(visitor or f"network {network}", network, name)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        await self.app(scope, receive, named)


def caller_of(request: Any) -> Caller:
    """Who sent a request, starlette's or gradio's; NOBODY for what is none."""
    caller: Caller = _scope(request).get(SCOPE, NOBODY)
    return caller


def received(request: Any) -> float:
    """When a request came, by time.monotonic(): gradio's queue takes up two in any order."""
    came: float = _scope(request).get(RECEIVED) or time.monotonic()
    return came


def _scope(request: Any) -> Scope:
    request = getattr(request, "request", request)
    return request.scope if isinstance(request, Request) else {}
