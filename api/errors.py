"""Error responses of both APIs, which differ in the form of the body alone."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.keys import RefusedError
from pipelines.errors import (
    BusyError,
    Cancelled,
    DownloadError,
    InputError,
    MemoryBudgetError,
    ModelError,
    PlaygroundError,
    RateLimitError,
    ServerStoppingError,
)

log = logging.getLogger("playground")
LONGEST = 1_000  # characters of a message, which may quote what was sent
CLIENT_CLOSED = 499  # as nginx says it; nobody reads it
# The body of an error: from the message, the HTTP status and OpenAI's code.
Form: TypeAlias = Callable[[str, int, str | None], Mapping[str, Any]]


def status_of(error: PlaygroundError) -> tuple[int, str | None]:
    """The HTTP status of an error, and OpenAI's code."""
    match error:
        case MemoryBudgetError():
            return 503, "insufficient_memory"
        case ModelError():
            return 404, "model_not_found"
        case InputError():
            return 400, None
        case DownloadError():
            return 503, "model_unreachable"
        case RateLimitError():
            return 429, "rate_limit_exceeded"
        case BusyError() | ServerStoppingError():
            return 503, "server_busy"
        case Cancelled():
            return CLIENT_CLOSED, "cancelled"
    return 500, None


def refusal(error: RefusedError, form: Form) -> JSONResponse:
    """The response to a caller who is not admitted."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
    code = "rate_limit_exceeded" if error.status == 429 else "invalid_api_key"
    return JSONResponse(form(str(error), error.status, code), error.status, headers)


def handle(app: FastAPI, form: Form) -> None:
    """Register handlers that answer whatever a route raises in this form."""

    async def playground_error(request: Request, error: Any) -> JSONResponse:
        status, code = status_of(error)
        later = error.retry_after
        headers = {"Retry-After": str(later)} if later else None
        return JSONResponse(form(str(error)[:LONGEST], status, code), status, headers)

    async def http(request: Request, error: Any) -> JSONResponse:
        said = str(error.detail or HTTPStatus(error.status_code).phrase)[:LONGEST]
        return JSONResponse(form(said, error.status_code, None), error.status_code)

    async def defect(request: Request, error: Any) -> JSONResponse:
        log.error("%s failed", request.url.path, exc_info=error)
        return JSONResponse(form("This call failed; see the log.", 500, None), 500)

    app.add_exception_handler(PlaygroundError, playground_error)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, defect)
