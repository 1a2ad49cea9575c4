"""Whoever reads nothing keeps no run going."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message

from api.openai.streaming import Stream
from components.server import slow_readers
from components.server.slow_readers import SlowReaders


@pytest.mark.parametrize("reads", [True, False])
def test_a_response_that_nobody_reads_is_given_up(
    monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    monkeypatch.setattr(slow_readers, "SECONDS", 0.1)
    sent: list[bytes] = []
    closed = asyncio.Event()

    async def speech() -> Any:
        try:
            for _ in range(3):
                yield b"sound"
        finally:
            closed.set()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            sent.append(message["body"])
            if not reads and len(sent) > 1:
                await asyncio.Event().wait()

    async def page(scope: Any, receive: Any, send: Any) -> None:
        await Stream(speech())(scope, receive, send)

    async def ask() -> None:
        await asyncio.wait_for(SlowReaders(page)({"type": "http"}, receive, send), 60)
        await asyncio.wait_for(closed.wait(), 60)

    asyncio.run(ask())
    assert len(sent) == (4 if reads else 2)


def test_another_failure_is_nobodys_silence() -> None:
    async def failing(*_: Any) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(SlowReaders(failing)({"type": "http"}, None, None))  # type: ignore[arg-type]  # never called
