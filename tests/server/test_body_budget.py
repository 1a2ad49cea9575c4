"""Bodies that are held open cost memory and time up to a limit."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from components.server import body_budget
from components.server.limits import BodyLimit
from pipelines.caller import SCOPE, Caller
from pipelines.settings import Settings

SETTINGS = Settings(max_upload_mb=1)  # bodies of 5 MB: four at once, two of one network
PIECE = b"x" * 500_000


class Page:
    """An application that reads what it gets."""

    def __init__(self) -> None:
        self.read: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        self.read.append(size)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def sent(
    limit: BodyLimit,
    pieces: AsyncIterator[bytes],
    path: str = "/v1/completions",
    kind: str = "",
    network: str = "",
) -> int:
    """The status of the answer to a body that comes so."""
    statuses: list[int] = []

    async def receive() -> Message:
        try:
            return {"type": "http.request", "body": await anext(pieces), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"content-type", (kind or "application/json").encode())]
    scope: Any = {"type": "http", "method": "POST", "path": path, "headers": headers}
    await limit({**scope, SCOPE: Caller(network=network)}, receive, send)
    return statuses[0]


async def whole(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def held_open(pieces: int, until: asyncio.Event) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield PIECE
    await until.wait()


def test_bodies_held_open_take_no_more_than_their_share() -> None:
    async def attack() -> None:
        page = Page()
        limit, until = BodyLimit(page, SETTINGS), asyncio.Event()
        holding = []
        for _ in range(8):  # 4 MB each, and 10 MB are the limit
            holding.append(asyncio.create_task(sent(limit, held_open(8, until))))
            await asyncio.sleep(0.1)
        assert [one.result() for one in holding if one.done()] == [503] * 6
        assert limit.budget._held.total() == 8_000_000
        assert await sent(limit, whole(b"{}")) == 200  # a small one gets through
        assert await sent(limit, whole(*[PIECE] * 6)) == 503
        assert await sent(limit, whole(*[PIECE] * 6), network="another") == 200
        until.set()
        await asyncio.gather(*holding)
        assert not limit.budget._held
        assert await sent(limit, whole(*[PIECE] * 6)) == 200
        assert 3_000_000 in page.read

    asyncio.run(attack())


def test_a_body_counts_until_its_request_is_answered() -> None:
    async def call() -> None:
        answered = asyncio.Event()

        class Busy(Page):
            async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
                await answered.wait()
                await super().__call__(scope, receive, send)

        limit = BodyLimit(Busy(), SETTINGS)
        waiting = asyncio.create_task(sent(limit, whole(PIECE)))
        await asyncio.sleep(0.05)
        assert limit.budget._held.total() == len(PIECE)
        answered.set()
        assert await waiting == 200
        assert not limit.budget._held

    asyncio.run(call())


def test_a_pictures_bytes_are_not_values_of_json() -> None:
    limit = BodyLimit(Page(), Settings(max_upload_mb=2))
    where = "/hf/tasks/image-classification"
    for picture in (b"\xff," * 300_000, b"\x89PNG\r\n" + b"[" * 300_000):
        assert asyncio.run(sent(limit, whole(picture), where, "image/png")) == 200
    # Whoever calls JSON a picture has it parsed no more than others.
    assert asyncio.run(sent(limit, whole(b"[" + b"0," * 300_000), where, "image/png")) == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"inputs": "%s"}' % (b"1,[" * 1_000_000), 200),
        (b'{"inputs": "%s"}' % (b'\\"[' * 1_000_000), 200),
        (b'{"inputs": "%s"}' % (b"\\\\" * 1_000_000), 200),
        (b'{"inputs": [%s[]]}' % (b"[]," * 1_000_000), 413),
        (b'{"inputs": [%s""]}' % (b'"",' * 300_000), 413),
        (b"[" * 400 + b"]" * 400, 200),
        (b"[" * 600 + b"]" * 600, 400),
        (b'["\\\\", %s%s]' % (b"[" * 600, b"]" * 600), 400),
    ],
    ids=["text", "quotes", "backslashes", "lists", "strings", "flat", "deep", "deep after a text"],
)
def test_only_what_is_outside_strings_counts(body: bytes, status: int) -> None:
    limit = BodyLimit(Page(), Settings(max_upload_mb=2))
    assert asyncio.run(sent(limit, whole(body))) == status


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/completions", "application/json"),
        ("/hf/tasks/image-classification", "image/png"),
        ("/v1/audio/transcriptions", "multipart/form-data; boundary=x"),
        ("/gradio_api/upload", "multipart/form-data; boundary=x"),
    ],
)
def test_a_body_that_does_not_come_on_is_given_up(
    monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    monkeypatch.setattr(body_budget, "WINDOW_SECONDS", 0.2)

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    async def attack() -> None:
        limit = BodyLimit(Page(), SETTINGS)
        for body in (held_open(0, asyncio.Event()), drops()):
            assert await asyncio.wait_for(sent(limit, body, path, kind), 60) == 408
        assert not limit.budget._held

    asyncio.run(attack())


def test_a_large_body_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_budget, "WINDOW_SECONDS", 1.0)

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield PIECE
            await asyncio.sleep(0.2)

    assert asyncio.run(sent(BodyLimit(Page(), SETTINGS), slowly())) == 200


def test_whoever_is_answered_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_budget, "WINDOW_SECONDS", 0.1)

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with pytest.raises(TimeoutError):  # that of this line: it says when the client has gone
            await asyncio.wait_for(receive(), 0.4)

    async def call() -> None:
        first = True

        async def receive() -> Message:
            nonlocal first
            if not first:
                await asyncio.Event().wait()
            first = False
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(message: Message) -> None:
            raise AssertionError("refused")

        scope: Any = {"type": "http", "method": "POST", "path": "/v1/completions", "headers": []}
        await BodyLimit(patient, SETTINGS)(scope, receive, send)

    asyncio.run(call())
