"""A call ends with its client."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from starlette.requests import Request

from api.calls import Calls
from pipelines import Playground
from pipelines.caller import NOBODY, SCOPE, Caller
from pipelines.errors import Cancelled, InputError
from pipelines.playground import Answer, Facts
from pipelines.run import Request as Asked

FACTS = Facts("m", "M", "e", 0, 0, 0)


class Client:
    """A request whose client goes when told."""

    gone = False

    def __init__(self, scope: dict[str, Any] | None = None) -> None:
        self.scope = scope or {}

    async def is_disconnected(self) -> bool:
        return self.gone


class Slow:
    """A playground that answers until it is cancelled."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def stream_request(self, asked: Asked, cancel: threading.Event) -> Iterator[Answer]:
        try:
            yield Answer({"generated_text": "a"})
            cancel.wait()
            time.sleep(0.05)  # it hears of that a moment later, as a model does
            raise Cancelled
        finally:
            self.ended.set()


def test_the_run_stops_when_the_client_has_gone() -> None:
    slow, client = Slow(), Client()

    async def call() -> None:
        calls = Calls(cast(Playground, slow))
        answering = asyncio.create_task(calls.answer(cast(Request, client), Asked("t", {})))
        await asyncio.sleep(0.1)
        assert not slow.ended.is_set()
        client.gone = True
        with pytest.raises(Cancelled):
            await asyncio.wait_for(answering, 5)

    asyncio.run(call())
    assert slow.ended.wait(1)


def test_the_run_stops_when_the_servers_task_is_cancelled() -> None:
    slow = Slow()

    async def call() -> None:
        calls = Calls(cast(Playground, slow))
        answering = asyncio.create_task(calls.answer(cast(Request, Client()), Asked("t", {})))
        await asyncio.sleep(0.1)
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering

    asyncio.run(call())
    assert slow.ended.wait(1)


def test_the_run_stops_when_nobody_reads_its_stream_any_more() -> None:
    slow = Slow()

    async def call() -> None:
        calls = Calls(cast(Playground, slow))
        async with calls.stream(cast(Request, Client()), Asked("t", {})) as answers:
            assert (await anext(answers)).value == {"generated_text": "a"}

    asyncio.run(call())
    assert slow.ended.wait(1)


def test_errors_and_the_last_answer_come_through_and_the_caller_is_told() -> None:
    callers: list[Caller] = []
    ada = Caller("ada")

    class Playing:
        def stream_request(self, asked: Asked, *_: Any) -> Iterator[Answer]:
            callers.append(asked.caller)
            if asked.task == "wrong":
                raise InputError("No.", "Yes.")
            yield Answer(1)
            yield Answer(2, FACTS)

    async def call() -> None:
        calls = Calls(cast(Playground, Playing()))
        assert (
            await calls.answer(cast(Request, Client({SCOPE: ada})), Asked("right", {}))
        ).value == 2
        with pytest.raises(InputError):
            await calls.answer(cast(Request, Client()), Asked("wrong", {}))

    asyncio.run(call())
    assert callers == [ada, NOBODY]
