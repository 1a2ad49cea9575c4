"""Tells what computes for somebody that they have gone, whatever way they came in.

gradio goes on computing for a client that closed the page, cancelled its job or dropped the
connection. Every event and endpoint passes through one method of the page; there each gets a
Caller, which leaves when
- its job was cancelled, or the stream of its events was dropped (the page, gradio_client, curl);
- the connection it is answered on was dropped (events without the queue, POST /run/NAME);
- the MCP request that it was called for was dropped or cancelled;
- nobody has listened to its events for a while (POST /call/NAME, and no GET after it).
Knows gradio's queue and ASGI, no tasks.
"""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.server.callers import caller_of
from pipelines.caller import NOBODY, SCOPE, Caller
from pipelines.parse_json import parse_json
from pipelines.run import Run

POLL_SECONDS = 0.25
# Who posts and listens by hand, with curl, copies the event's id between; later nobody will come.
UNHEARD_SECONDS = 60.0
CALL = "x-playground-call"
CLOSES = b'"msg":"close_stream"'  # in the last message of a session's stream
SESSION = b"mcp-session-id"


class WatchedBlocks(gr.Blocks):
    """A page whose events end when nobody waits for them any more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connections = Connections()
        self._callers: dict[str, Run] = {}
        self._watching: set[asyncio.Task[None]] = set()

    def launch(self, *args: Any, app_kwargs: dict[str, Any] | None = None, **options: Any) -> Any:
        """Serve the page, and look who is connected."""
        app_kwargs = dict(app_kwargs or {})
        observer = Middleware(_Observer, self._connections)
        app_kwargs["middleware"] = [*app_kwargs.get("middleware", ()), observer]
        return super().launch(*args, app_kwargs=app_kwargs, **options)

    async def call_function(
        self,
        block_fn: Any,
        processed_input: list[Any],
        iterator: Any = None,
        requests: Any = None,
        event_id: str | None = None,
        *rest: Any,
        **options: Any,
    ) -> Any:
        """Call an event's function, or take the next step of its generator, for its caller."""
        caller = self._callers.get(event_id or "") or self._watched(requests, event_id)
        ended = event_id is None  # only the queue goes on with a generator
        try:
            with caller.active():
                called = await super().call_function(
                    block_fn, processed_input, iterator, requests, event_id, *rest, **options
                )
                # Without the queue nobody comes back for what a generator yields next.
                while event_id is None and _grows(block_fn, called):
                    then = await super().call_function(
                        block_fn, [], called["iterator"], requests, event_id, *rest, **options
                    )
                    if then["iterator"] is None:
                        return {**called, "is_generating": False, "iterator": None}
                    called = then
                return called
        except asyncio.CancelledError:
            ended = True
            raise
        finally:
            if ended:
                caller.cancel.set()

    def _watched(self, requests: Any, event_id: str | None) -> Run:
        caller = Run(caller=self._connections.caller(requests) or caller_of(requests))
        if event_id is None:
            gone = _dropped(requests)
        else:
            self._callers[event_id] = caller
            gone = self._unwanted(event_id)

        async def watch() -> None:
            while not (caller.stopped or await gone()):
                await asyncio.sleep(POLL_SECONDS)
            caller.cancel.set()
            if event_id is not None:
                self._callers.pop(event_id, None)

        task = asyncio.create_task(watch())
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        return caller

    def _unwanted(self, event_id: str) -> Callable[[], Awaitable[bool]]:
        """Whether nobody waits any more for an event of the queue."""
        heard = time.monotonic()

        async def gone() -> bool:
            nonlocal heard
            event = self._queue.event_ids_to_events.get(event_id)
            if event is None or not event.alive:  # ended or cancelled; its stream was dropped
                return True
            call = event.request.headers.get(CALL)
            if call and not self._connections.waits(call):
                return True
            if self._connections.listens(event.session_hash, event_id):
                heard = time.monotonic()
            return time.monotonic() - heard > UNHEARD_SECONDS

        return gone


def _grows(block_fn: Any, called: dict[str, Any]) -> bool:
    """Whether this is an endpoint's answer, and not the last one."""
    return block_fn.api_visibility != "private" and called["iterator"] is not None


def _dropped(requests: Any) -> Callable[[], Awaitable[bool]]:
    """Whether the connection that an event is answered on was dropped."""
    request = getattr(requests, "request", requests)

    async def gone() -> bool:
        return isinstance(request, Request) and await request.is_disconnected()

    return gone


class Connections:
    """Who is connected: listeners to events, by session or event, and MCP requests."""

    def __init__(self) -> None:
        self._listeners: Counter[str] = Counter()
        self._calls: dict[str, tuple[str, Any]] = {}
        self._callers: dict[str, Caller] = {}  # of each MCP call

    @contextmanager
    def listening(self, key: str) -> Iterator[None]:
        """Somebody listens to the events of this session, or to this event."""
        self._listeners[key] += 1
        try:
            yield
        finally:
            self._listeners[key] -= 1
            if not self._listeners[key]:
                del self._listeners[key]

    def listens(self, *keys: str) -> bool:
        """Whether anybody listens to one of these."""
        return any(key in self._listeners for key in keys)

    @contextmanager
    def waiting(self, session: str, number: Any, caller: Caller = NOBODY) -> Iterator[str]:
        """An MCP client waits for the answer to the request of this number; yields its name."""
        name = uuid.uuid4().hex
        self._calls[name], self._callers[name] = (session, number), caller
        try:
            yield name
        finally:
            self._calls.pop(name, None)
            self._callers.pop(name, None)

    def caller(self, requests: Any) -> Caller | None:
        """Who sent the MCP request that an event is for, as gradio asks itself for it."""
        headers = getattr(requests, "headers", None) or {}
        return self._callers.get(headers.get(CALL, ""))

    def waits(self, name: str) -> bool:
        """Whether that MCP client still waits."""
        return name in self._calls

    def cancel(self, session: str, number: Any) -> None:
        """The MCP client of this session wants no answer to its request of this number."""
        for name, call in list(self._calls.items()):
            if call == (session, number):
                del self._calls[name]

    def drop(self, name: str) -> None:
        """Forget an MCP client that has disconnected, whose calls end with it."""
        self._calls.pop(name, None)


class _Observer:
    """ASGI middleware that tells Connections who comes and goes."""

    def __init__(self, app: ASGIApp, connections: Connections) -> None:
        self.app = app
        self.connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = scope.get("path", "").strip("/").split("/")
        method = scope.get("method") if scope["type"] == "http" else None
        if method == "POST" and "mcp" in parts:
            await self._mcp(scope, receive, send)
        elif method == "GET" and (key := _key(parts, scope)):
            with self.connections.listening(key):
                await self.app(scope, *_kept_to_its_end(receive, send))
        else:
            await self.app(scope, receive, send)

    async def _mcp(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request a name, which gradio passes on to the event that it makes of it.

        gradio's MCP server keeps no sessions, so a client's word that it cancels a request finds
        nobody there. It gets the id of a session here, which it then says with every request.
        """
        session = dict(scope["headers"]).get(SESSION, b"").decode("latin-1")
        body = await Request(scope, receive).body()
        asked = _object(body)
        if asked.get("method") == "notifications/cancelled" and session:
            self.connections.cancel(session, _object(asked.get("params")).get("requestId"))

        async def begin(message: Message) -> None:
            if message["type"] == "http.response.start" and asked.get("method") == "initialize":
                message["headers"] = [*message["headers"], (SESSION, uuid.uuid4().hex.encode())]
            await send(message)

        caller = scope.get(SCOPE, NOBODY)
        with self.connections.waiting(session, asked.get("id"), caller) as name:
            others = [one for one in scope["headers"] if one[0] != CALL.encode()]
            scope = {**scope, "headers": [*others, (CALL.encode(), name.encode())]}
            await self.app(scope, self._again(body, receive, name), begin)

    def _again(self, body: bytes, receive: Receive, name: str) -> Receive:
        """What was received, the body once more; hears when the client drops the connection."""
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            message = whole.pop() if whole else await receive()
            if message["type"] == "http.disconnect":
                self.connections.drop(name)
            return message

        return again


def _kept_to_its_end(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """A stream of events that does not hear of its client leaving once its last message is sent.

    gradio's client leaves at that message. Heard before gradio has ended the stream, it made gradio
    drop all messages of the session, and so those of an event that was queued meanwhile: its own
    stream was answered 404, and the user's click did nothing.
    """
    closing, ended = False, asyncio.Event()

    async def sent(message: Message) -> None:
        nonlocal closing
        if message["type"] == "http.response.body":
            closing = closing or CLOSES in message.get("body", b"")
            if not message.get("more_body", False):
                ended.set()
        await send(message)

    async def received() -> Message:
        message = await receive()
        if closing and message["type"] == "http.disconnect":
            await ended.wait()
        return message

    return received, sent


def _key(parts: list[str], scope: Scope) -> str:
    """Whose events this request listens to: a session's, or one event; "" when to none."""
    if parts[-2:] == ["queue", "data"]:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        return str(query.get("session_hash", [""])[0])
    return parts[-1] if "call" in parts[:-1] else ""


def _object(given: Any) -> dict[str, Any]:
    """A JSON object, or an empty one for anything else."""
    if isinstance(given, bytes):
        try:
            given = parse_json(given)
        except ValueError:
            return {}
    return given if isinstance(given, dict) else {}
