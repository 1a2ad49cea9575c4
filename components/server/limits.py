"""Limits of requests, uploads and sessions, as ASGI middleware and a lifespan.

The middleware sees each request before gradio does, the lifespan runs when the app starts. Written
for gradio 6.31.0.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.sentences import in_a_line
from components.server.body_budget import BodyBudget, TooMuchError, TooSlowError, in_time
from components.server.routes import refusal
from components.server.sessions import Sessions
from components.server.uploads import UploadFolder
from components.server.visitors import Visitors
from pipelines.caller import NOBODY, SCOPE
from pipelines.errors import InputError
from pipelines.inputs.json_values import MOST_VALUES, has_too_many_values
from pipelines.parse_json import is_too_deep, parse_json
from pipelines.settings import Settings

API = "/gradio_api"
SWEEP_SECONDS = 60
UPLOAD_FILES = 4  # so many of the largest files may come in one request
MEGABYTE = 1_000_000
RESERVED = 8 * MEGABYTE  # at a time for an upload that does not say how large it is
LARGEST_AT_ONCE = 4  # so many of the largest bodies may be in memory
UPLOAD = re.compile(rf"{API}/upload")  # takes files as parts of a form, which go to the disk
SOUND = re.compile(r"/v1/audio/")  # so does this, and has the file in memory until it is answered


def lifespan(uploads: UploadFolder) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Bounded sessions for the app, and a sweep of the folder each minute while it is up."""

    @asynccontextmanager
    async def running(app: Any) -> AsyncIterator[None]:
        app.state_holder = Sessions(app.get_blocks())
        sweeping = asyncio.create_task(sweep())
        try:
            yield
        finally:
            sweeping.cancel()

    async def sweep() -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await asyncio.to_thread(uploads.sweep)

    return running


class Heartbeats:
    """Tells the sessions which of them have a page open: its heartbeat is a request that lasts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the beginning and the end of a heartbeat."""
        session = _after(scope, f"{API}/heartbeat/")
        if not session:
            return await self.app(scope, receive, send)
        sessions = scope["app"].state_holder
        sessions.opened(session)
        try:
            await self.app(scope, receive, send)
        finally:
            sessions.closed(session)


class _TooLargeError(Exception):
    """A body is larger than it may be; in megabytes."""


class BodyLimit:
    """Refuses a body before it is read whole, and JSON of too many values before it is parsed."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        # Pictures and sounds may come as data URLs, which are a third longer.
        self.json = settings.max_upload_mb * 4 // 3 + 4
        self.upload = settings.max_upload_mb * UPLOAD_FILES + 1
        self.sound = settings.max_upload_mb + 1
        self.budget = BodyBudget(self.json * MEGABYTE * LARGEST_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read what may be read and pass it on."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            return await self.app(scope, receive, send)
        form = _header(scope, "content-type").startswith("multipart/form-data")
        upload = form and UPLOAD.match(scope["path"])
        sound = form and SOUND.match(scope["path"])
        limit = self.upload if upload else self.sound if sound else self.json
        network = scope.get(SCOPE, NOBODY).network
        received = _limited(in_time(receive), _content_length(scope), limit)
        with self.budget.counted(received, network) as counted:
            read = self._read_by_app if upload or sound else self._read_whole
            refused = await read(scope, received if upload else counted, receive, send)
        if refused:
            await refusal(scope, *refused)(scope, receive, send)

    async def _read_by_app(
        self, scope: Scope, received: Receive, _: Receive, send: Send
    ) -> tuple[int, str] | None:
        """Have the app read the body. Why it was refused, if it was: the app may have taken that
        for a broken form."""
        refused: tuple[int, str] | None = None

        async def noted() -> Message:
            nonlocal refused
            try:
                return await received()
            except BODY_ERRORS as error:
                refused = _why(error)
                raise

        async def unless_refused(message: Message) -> None:
            if not refused:
                await send(message)

        try:
            await self.app(scope, noted, unless_refused)
        except BODY_ERRORS as error:
            refused = _why(error)
        return refused

    async def _read_whole(
        self, scope: Scope, received: Receive, then: Receive, send: Send
    ) -> tuple[int, str] | None:
        """Read the body and pass it on. Why it was refused, if it was."""
        try:
            body = await _read(received)
        except BODY_ERRORS as error:
            return _why(error)
        if has_too_many_values(body):
            return 413, f"This request has more than {MOST_VALUES:,} values. Send fewer."
        if is_too_deep(body):
            return 400, "This request nests lists too deeply. Send fewer within each other."
        await self.app(scope, _replayed(body, then), send)
        return None


BODY_ERRORS = (_TooLargeError, TooSlowError, TooMuchError)


def _why(error: Exception) -> tuple[int, str]:
    match error:
        case _TooLargeError():
            return 413, f"This request is larger than {error} MB. Send smaller files."
        case TooSlowError():
            return 408, "This request comes too slowly. Send it again."
    return 503, "Too many large requests are coming in. Try again in a minute."


class UploadLimit:
    """Holds uploads to what a visitor may keep here, and notes whose they are."""

    def __init__(self, app: ASGIApp, uploads: UploadFolder, visitors: Visitors) -> None:
        self.app, self.uploads, self.visitors = app, uploads, visitors
        self._files: Counter[str] = Counter()  # of each visitor, on their way in
        self._bytes: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the files of an upload as they come."""
        if scope["type"] == "http" and scope["method"] == "POST" and _after(scope, f"{API}/mcp"):
            return await self._data_urls(scope, receive, send)
        if _after(scope, f"{API}/upload") not in {"", "/"} or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        who, size = self._network(scope), max(0, _content_length(scope))
        boundary = _header(scope, "content-type").partition("boundary=")[2].partition(";")[0]
        delimiter = b"--" + boundary.strip('" ').encode("latin-1")
        files, delimiters, tail, came, answer = 1, 0, b"", 0, bytearray()

        async def counted() -> Message:
            nonlocal files, size, delimiters, tail, came
            message = await receive()
            came += len(message.get("body", b""))
            if came > size:  # it comes in chunks, and says nothing of its size
                size += RESERVED
                self._bytes[who] += RESERVED
                self.uploads.admit(who, self._files[who], self._bytes[who])
            body = tail + message.get("body", b"")
            tail, delimiters = body[1 - len(delimiter) :], delimiters + body.count(delimiter)
            # One stands before each file and one at the end.
            if (more := delimiters - 1 - files) > 0:
                files += more
                self._files[who] += more
                self.uploads.admit(who, self._files[who], self._bytes[who])
            return message

        async def noted(message: Message) -> None:
            answer.extend(message.get("body", b""))
            await send(message)

        self._files[who] += files
        self._bytes[who] += size
        begun, paths = time.time(), list[str]()
        try:
            self.uploads.admit(who, self._files[who], self._bytes[who])
            await self.app(scope, counted, noted)
            # gradio answers with the paths, or with an error as text.
            paths = [*strings(_json(bytes(answer)))]
            self.uploads.add(who, paths)
        except InputError as error:
            # As text, as gradio answers here: its page shows the body as it is.
            await PlainTextResponse(in_a_line(error), 429)(scope, receive, send)
        finally:
            for counter, count in ((self._files, files), (self._bytes, size)):
                counter[who] -= count
                if not counter[who]:
                    del counter[who]
            if len(paths) < files:
                self.uploads.add_unfinished(who, begun)

    async def _data_urls(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count files that come as data URLs: gradio's MCP server writes them to the folder."""
        body = await _read(receive)
        files, who, begun = body.count(b";base64,"), self._network(scope), time.time()
        try:
            if files:
                self.uploads.admit(who, files, len(body))
        except InputError as error:
            return await refusal(scope, 429, in_a_line(error))(scope, receive, send)
        await self.app(scope, _replayed(body, receive), send)
        if files:
            self.uploads.add_since(who, begun)

    def _network(self, scope: Scope) -> str:
        return self.visitors.network(scope["client"][0] if scope.get("client") else "")


def _limited(receive: Receive, declared: int, limit: int) -> Receive:
    """The same body, which raises _TooLargeError when it is or will be larger than so many MB."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        if declared > limit * MEGABYTE:
            raise _TooLargeError(limit)
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit * MEGABYTE:
            raise _TooLargeError(limit)
        return message

    return limited


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):  # nor has a disconnect
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, then what the server says: that the client has gone."""
    first = True

    async def replayed() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


def _after(scope: Scope, path: str) -> str | None:
    """What comes after `path` in the request's, or None if it is another."""
    if scope["type"] != "http":
        return None
    asked = scope["path"].removeprefix(scope.get("root_path", ""))
    return asked.removeprefix(path) if asked.startswith(path) else None


def _header(scope: Scope, name: str) -> str:
    return Headers(scope=scope).get(name, "")


def _content_length(scope: Scope) -> int:
    """What the client says; -1 if it says nothing."""
    declared = _header(scope, "content-length")
    return int(declared) if declared.isdigit() else -1


def strings(value: Any) -> Iterator[str]:
    """All texts in a value as JSON has it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def _json(body: bytes) -> Any:
    try:
        return parse_json(body)
    except ValueError:
        return None
