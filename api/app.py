"""The APIs as routes of the page's server (/v1, /hf, health, metrics), and who may call them."""

from dataclasses import replace

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api import hub
from api.calls import Calls
from api.errors import refusal
from api.health import Health
from api.keys import Keys, RefusedError
from api.metrics import Metrics
from api.openai import app as openai
from api.openai import streaming
from api.request_log import Lines, RequestLog
from pipelines import Playground
from pipelines.caller import ERROR_FORM, NOBODY, SCOPE

METRICS = "/metrics"
# The body of an error response, by the beginning of the path.
FORMS = {
    "/v1/": streaming.error_body,
    "/hf/": hub.error_body,
    METRICS: streaming.error_body,
}


def routes(playground: Playground) -> list[BaseRoute]:
    """All routes of the APIs; only those for operators when the settings switch them off."""
    health = Health(playground)
    operators: list[BaseRoute] = [
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        Route(METRICS, Metrics(playground).answer),
    ]
    if not playground.settings.api:
        return operators
    calls = Calls(playground)
    return [*operators, Mount("/v1", openai.build(calls)), Mount("/hf", hub.build(calls))]


def middleware(playground: Playground) -> list[Middleware]:
    """What has to see a request before its body is read: the log, and the check of keys."""
    return [
        Middleware(RequestLog, lines=Lines(playground), paths=("/v1/", "/hf/")),
        Middleware(KeyGuard, keys=Keys(playground.settings)),
    ]


class KeyGuard:
    """ASGI middleware: refuses unauthorized callers of the APIs, by their headers alone."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on admitted calls, and all that is no call of an API."""
        path = scope["path"] if scope["type"] == "http" else ""
        start = next((one for one in FORMS if path.startswith(one)), None)
        if start:
            scope[ERROR_FORM] = FORMS[start]
            try:
                visitor = self.keys.admit(Request(scope))
                scope[SCOPE] = replace(scope.get(SCOPE, NOBODY), visitor=visitor)
            except RefusedError as error:
                return await refusal(error, FORMS[start])(scope, receive, send)
        await self.app(scope, receive, send)
