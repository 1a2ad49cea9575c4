"""gradio's routes as this page has them: those it does not use are closed, and a failed one answers
with a sentence.

gradio serves more than a page asks for: it fetches web addresses for visitors, keeps a visitor's
values as a "deep link" on the disk, takes recordings of the screen, runs components' own functions.
"""

import logging
import re
import traceback
from typing import Any

from gradio.route_utils import FnIndexInferError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from components.sentences import known
from pipelines.caller import ERROR_FORM

log = logging.getLogger("playground")
CLOSED = re.compile(
    r"/gradio_api/(deep_link|proxy=|file=\s*https?:|component_server|custom_component|"
    r"process_recording|run-history|(undo-)?vibe-|dev/)|/monitoring",
    re.IGNORECASE,
)
# What gradio's routes raise at calls that no client makes, as of an event that is not there, and at
# an upload that its client breaks off.
RAISED = (FnIndexInferError, LookupError, TypeError, ValueError, AttributeError, ClientDisconnect)


class ClosedRoutes:
    """ASGI middleware: a closed route answers 404."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything else on."""
        if scope["type"] == "http" and CLOSED.match(scope["path"]):
            sentence = "This page has no such address."
            await refusal(scope, 404, sentence)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def refused(request: Request, error: Exception) -> JSONResponse:
    """The answer of a route that failed; the log gets one line, since anybody can make it fail."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.warning("%s failed: %r in %s", request.url.path, error, frame.name)
    sentence = "The page cannot use what was sent to it. Reload it and try again."
    return refusal(request.scope, 400, sentence)


def refusal(scope: Scope, status: int, sentence: str) -> JSONResponse:
    """A response with a sentence for the user: in English in the form of the API that was called,
    or in the visitor's language for gradio's clients, which show one key or the other."""
    if form := scope.get(ERROR_FORM):
        return JSONResponse(form(sentence, status, None), status)
    told = known(sentence)
    return JSONResponse({"error": told, "detail": told}, status)


EXCEPTION_HANDLERS: dict[Any, Any] = dict.fromkeys(RAISED, refused)
