"""Whoever sends heads without an end, or requests before their turn, takes no memory."""

import asyncio
import itertools
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from components.server.http_protocol import MOST_HEAD, BoundedProtocol
from tests.waiting import until

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass
class App:
    """Answers with how many bytes it read, /wait only when it may; notes who has left."""

    may_answer: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    address: tuple[str, int] = ("", 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        size, more = 0, True
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        if scope["path"] == "/wait":
            leaving = asyncio.ensure_future(receive())
            while not (leaving.done() or self.may_answer.is_set()):
                await asyncio.sleep(0.01)
            if leaving.done():
                self.left.append(scope["path"])
            leaving.cancel()
        body = b"%d bytes" % size
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def app() -> Iterator[App]:
    """The app, served on this machine."""
    app = App()
    config = uvicorn.Config(app, port=0, http=BoundedProtocol, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started, 60)
    app.address = server.servers[0].sockets[0].getsockname()
    yield app
    app.may_answer.set()
    server.should_exit = True
    thread.join(60)


def connected(app: App) -> socket.socket:
    return socket.create_connection(app.address, timeout=60)


def read(connection: socket.socket) -> bytes:
    """All that the server sends, to the end of the connection."""
    got = b""
    try:
        while piece := connection.recv(65_536):
            got += piece
    except ConnectionResetError:  # it has ended while more was sent
        pass
    return got


def told(app: App, request: bytes) -> bytes:
    with connected(app) as connection:
        connection.sendall(request)
        return read(connection)


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (b"GET /", b"a" * 65_536),
        (GET + b"X: ", b"a" * 65_536),
        (GET, b"a: b\r\n" * 10_000),
        (POST + CHUNKED + b"1;", b"a" * 65_536),
        (POST + CHUNKED + b"0\r\n", b"a: b\r\n" * 10_000),
    ],
    ids=["address", "header", "headers", "extension of a chunk", "trailers"],
)
def test_what_never_ends_is_refused(app: App, begun: bytes, piece: bytes) -> None:
    before = psutil.Process().memory_info().rss
    with connected(app) as connection:
        refused = False
        for part in itertools.chain([begun], itertools.repeat(piece, 1_000)):
            try:
                connection.sendall(part)
            except OSError:
                refused = True
                break
    assert refused
    assert psutil.Process().memory_info().rss - before < 20e6


def test_a_head_that_is_too_large_is_told_so_and_one_that_is_not_is_read(app: App) -> None:
    close = b"Connection: close\r\n"
    assert b"head of this request is too large" in told(app, GET + b"X: " + b"a" * MOST_HEAD)
    assert b"0 bytes" in told(app, GET + close + b"X: " + b"a" * (MOST_HEAD - 200) + b"\r\n\r\n")


def test_a_body_may_be_larger_than_a_head(app: App) -> None:
    length = 5 * MOST_HEAD
    head = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % length
    assert b"%d bytes" % length in told(app, head + b"a" * length)
    chunks = b"1\r\na\r\n" * length
    chunked = POST + b"Connection: close\r\n" + CHUNKED
    assert b"%d bytes" % length in told(app, chunked + chunks + b"0\r\n\r\n")


def test_requests_one_after_another_share_a_connection(app: App) -> None:
    with connected(app) as connection:
        for _ in range(3):
            connection.sendall(GET + b"X: " + b"a" * (MOST_HEAD // 2) + b"\r\n\r\n")
            answer = b""
            while not answer.endswith(b"0 bytes"):
                piece = connection.recv(65_536)
                assert piece
                answer += piece


def test_a_request_before_the_answer_to_another_ends_the_connection_with_that_answer(
    app: App,
) -> None:
    with connected(app) as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: app.asked, 60)
        for _ in range(100):
            connection.sendall((GET + b"\r\n") * 1_000)
        app.may_answer.set()
        answer = read(connection)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert b"connection: close" in answer
    assert app.asked == ["/wait"]


@pytest.mark.parametrize("more", [GET + b"\r\n", b"\0nonsense"], ids=["a request", "nonsense"])
def test_who_leaves_after_sending_more_has_left(app: App, more: bytes) -> None:
    with connected(app) as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + more)
        until(lambda: app.asked, 60)
    until(lambda: app.left == ["/wait"], 60)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 1\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
    ],
)
def test_a_body_whose_end_two_servers_could_see_elsewhere_is_refused(app: App, head: bytes) -> None:
    assert told(app, POST + head + b"\r\n0\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert app.asked == []
