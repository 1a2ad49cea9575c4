"""The application below /v1: its routes, its OpenAPI document, errors in OpenAI's form."""

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.calls import Calls
from api.errors import handle
from api.openai import audio, chat, completions, embeddings, models
from api.openai.streaming import error_body

FORMS = ("", "application/x-www-form-urlencoded")  # curl's, of what it was given to send


def build(calls: Calls) -> FastAPI:
    """The application."""
    app = FastAPI(
        title="Pipeline Playground, OpenAI-compatible",
        version="1",
        docs_url=None,  # its page loads scripts from other hosts
        redoc_url=None,
    )
    for module in (models, chat, completions, embeddings, audio):
        app.include_router(module.router(calls))
    handle(app, error_body)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


async def _invalid(request: Request, error: Any) -> JSONResponse:
    """The response to an invalid body: its first error."""
    first = error.errors()[0]
    kind = request.headers.get("content-type", "").partition(";")[0]
    if first["type"] == "json_invalid" or (first["loc"] == ("body",) and kind in FORMS):
        said = 'The request is no JSON. Send {…} with "Content-Type: application/json".'
        return JSONResponse(error_body(said, 400), 400)
    place = ".".join(str(one) for one in first["loc"] if one != "body")
    said = f"{place}: {first['msg']}" if place else str(first["msg"])
    return JSONResponse(error_body(said[:500], 400), 400)
