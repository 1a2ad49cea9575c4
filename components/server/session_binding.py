"""Whose a session is: the first visitor who uses a session hash is the only one who may.

gradio lets the browser choose the hash of a session, and whoever knows it can read the session's
answers, press its Stop and cancel its events. Here the server issues each browser a signed cookie,
and a session belongs to the cookie that came with its first request. A request without a cookie
(curl, or a page inside another site's frame whose browser blocks cookies there) has its network
in place of it, which never equals a cookie.

Two parts for FastAPI: `IssueCookie` is a middleware, `SessionBinding` a dependency of every route,
where path and body are parsed already. MCP calls need neither: they are stateless.
"""

from collections import Counter, OrderedDict
from typing import Any

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.sentences import known
from components.server.visitors import Visitors

MOST = 10_000  # sessions remembered; about 300 bytes each
LONGEST = 200  # characters of a session hash; gradio's own are 11, gradio_client's 36
YEAR = 365 * 24 * 3600
FOREIGN = "This session belongs to another visitor. Reload the page to get your own."
SILENT = "There is nothing to listen to: it has ended, or never began."
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def cookie_name(visitors: Visitors) -> str:
    """Of this server alone: cookies know no ports, and two servers may share a host."""
    return f"playground-visitor-{visitors.fingerprint}"


class IssueCookie:
    """Sets the cookie with a page, and with the configuration that API clients ask for first."""

    def __init__(self, app: ASGIApp, visitors: Visitors) -> None:
        self.app, self.visitors, self.cookie = app, visitors, cookie_name(visitors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the cookie to its response if there was no valid one."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        request = Request(scope)
        if self.visitors.verify(request.cookies.get(self.cookie)):
            return await self.app(scope, receive, send)

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                page = headers.get("content-type", "").startswith("text/html")
                if page or request.url.path.rstrip("/").endswith("/config"):
                    # Lax: another site's page asks without the cookie, as if it had none.
                    secure = "; Secure" if request.url.scheme == "https" else ""
                    headers.append(
                        "set-cookie",
                        f"{self.cookie}={self.visitors.issue()}; Path=/; Max-Age={YEAR}; "
                        f"HttpOnly; SameSite=Lax{secure}",
                    )
                    headers.setdefault("cache-control", "private")  # one visitor's, no proxy's
            await send(message)

        await self.app(scope, receive, with_cookie)


class SessionBinding:
    """Refuses requests that name another visitor's session or one of its events.

    It remembers `most` sessions. When they are full, the oldest of the network that holds the most
    is forgotten, so that made-up sessions never push out those of other networks.
    """

    def __init__(self, visitors: Visitors, most: int = MOST) -> None:
        self.visitors, self.most, self.cookie = visitors, most, cookie_name(visitors)
        self._owners: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._held: Counter[str] = Counter()

    async def __call__(self, request: Request) -> None:
        """Let the request through, or raise the HTTPException that answers it."""
        for session in await _sessions(request):
            if len(session) > LONGEST:
                raise HTTPException(400, f"A session hash has at most {LONGEST} characters.")
            network = self.visitors.network(request.client.host if request.client else "")
            visitor = self.visitors.verify(request.cookies.get(self.cookie))
            if not self.claim(session, visitor or f"network {network}", network):
                raise HTTPException(403, known(FOREIGN))

        _check_listening(request)

    def claim(self, session: str, owner: str, network: str) -> bool:
        """Whether the session is the owner's, which it becomes if it is nobody's."""
        if session in self._owners:
            if self._owners[session][0] != owner:
                return False
            self._owners.move_to_end(session)
            return True
        if len(self._owners) >= self.most:
            greediest = max(self._held, key=self._held.__getitem__)
            oldest = next(one for one, (_, of) in self._owners.items() if of == greediest)
            del self._owners[oldest]
            self._held -= Counter([greediest])  # drops a network that holds none
        self._owners[session] = owner, network
        self._held[network] += 1
        return True


def _check_listening(request: Request) -> None:
    """Refuse to stream what is not there; gradio finds out when the stream has begun already."""
    if request.method != "GET":
        return
    listened = request.path_params.get("event_id")
    if request.url.path.rstrip("/").endswith("/queue/data"):
        listened = request.query_params.get("session_hash")
    session = _session_of(request, listened)
    if listened and session not in request.app.get_blocks()._queue.pending_messages_per_session:
        raise HTTPException(404, known(SILENT))


async def _sessions(request: Request) -> set[str]:
    """The sessions that a request names, wherever gradio takes a name from."""
    body = await _body(request)
    query, path = request.query_params, request.path_params
    named = [path.get("session_hash"), body.get("session_hash"), *query.getlist("session_hash")]
    events = [path.get("event_id"), body.get("event_id"), *query.getlist("event_id")]
    # Whoever knows the id of an upload can follow its progress, and see the file's name.
    uploads = [f"upload {one}" for one in query.getlist("upload_id")]
    found = [one for one in named if one is not None]
    found += [_session_of(request, one) for one in events if one is not None]
    # Under an empty one gradio queues an event whose messages have no place.
    if not all(isinstance(one, str) and one for one in found):
        raise HTTPException(400, "A session hash is a text.")
    return {*found, *uploads}


def _session_of(request: Request, event: Any) -> Any:
    """The session of an event; an unknown event is a session hash itself, as gradio takes it."""
    if not isinstance(event, str):
        return event
    queue = request.app.get_blocks()._queue
    if known := queue.event_ids_to_events.get(event):
        return known.session_hash
    pending = list(queue.pending_event_ids_session.items())
    return next((session for session, events in pending if event in events), event)


async def _body(request: Request) -> dict[str, Any]:
    """The JSON of a request; starlette keeps it, so the route reads the same again."""
    if request.method != "POST":
        return {}
    if request.headers.get("content-type", "").lower().startswith(FORMS):
        return {}  # gradio takes a session hash from a form in /component_server alone: closed
    try:
        body = await request.json()
    except ValueError:
        return {}  # nor can gradio read it
    return body if isinstance(body, dict) else {}
