"""Gives up a response that its client does not read.

The server waits for whoever reads slowly, and with it the run behind the response, which keeps its
place among those in flight. Knows ASGI, nothing of what is sent.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 30.0  # for a message to leave, and so many more as it has these bytes
BYTES_A_SECOND = 10_000


class _UnreadError(OSError):
    """Nobody reads. To whoever sends, the connection is lost: an OSError says so."""


class SlowReaders:
    """ASGI middleware: ends what a client does not read, as if it had gone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and each message of its response in time."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        unread = False

        async def in_time(message: Message) -> None:
            nonlocal unread
            most = SECONDS + len(message.get("body", b"")) / BYTES_A_SECOND
            try:
                async with asyncio.timeout(most):
                    await send(message)
            except TimeoutError:
                unread = True
                raise _UnreadError from None

        async def received() -> Message:
            return {"type": "http.disconnect"} if unread else await receive()

        try:
            await self.app(scope, received, in_time)
        except Exception:
            if not unread:
                raise
