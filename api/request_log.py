"""A JSON line in the log for every run, and for every call of the APIs that started none.

Lines hold what the operator needs and nothing that a user has sent: no texts, no file names, no
addresses. Other loggers' lines become JSON, too; of an exception they have the type and the stack,
not the message, which may quote the input.
"""

import json
import logging
import time
import traceback
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import status_of
from pipelines import Playground
from pipelines.caller import NOBODY, SCOPE
from pipelines.in_flight import Watched
from pipelines.settings import Settings

log = logging.getLogger("playground.requests")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, with its `fields` if it has some instead of a message."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            **getattr(record, "fields", {"message": record.getMessage()}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = [f"{one.filename}:{one.lineno} {one.name}" for one in frames]
        return json.dumps(line, ensure_ascii=False)


def set_up(settings: Settings) -> None:
    """Configure logging to standard error, by the settings; called before uvicorn starts and after,
    since uvicorn configures its own loggers then."""
    if settings.log_format == "json":
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
        log.setLevel(logging.INFO)
        logging.getLogger("uvicorn").handlers.clear()  # its records go to the handler above
        logging.getLogger("uvicorn").propagate = True


class Lines:
    """Writes the lines: listens to runs, and keeps track of open calls."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self._ran: dict[str, bool] = {}  # by open call: whether a run of it was logged
        playground.in_flight.listeners.append(self.ended)

    def opened(self, request: str) -> None:
        """A call of an API begins."""
        self._ran[request] = False

    def closed(self, request: str, way: str, began: float, status: int) -> None:
        """It has ended: log it unless its run was logged."""
        if not self._ran.pop(request, True):
            _write(request, way, "", "", time.perf_counter() - began, status)

    def ended(self, run: Watched) -> None:
        """Log a run."""
        request, way = run.caller.request, "page"
        if request in self._ran:
            self._ran[request], way = True, "api"
        status = 200 if run.error is None else status_of(run.error)[0]
        # A name of no known model is text of the user's.
        known = run.facts or self.playground.catalogue.find(run.model)
        _write(request, way, run.task, run.model if known else "", run.seconds, status)


class RequestLog:
    """ASGI middleware that reports calls of the APIs to `Lines`."""

    def __init__(self, app: ASGIApp, lines: Lines, paths: tuple[str, ...]) -> None:
        self.app, self.lines, self.paths = app, lines, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on."""
        if scope["type"] != "http" or not scope["path"].startswith(self.paths):
            return await self.app(scope, receive, send)
        request, began, status = scope.get(SCOPE, NOBODY).request, time.perf_counter(), 500

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.lines.opened(request)
        try:
            await self.app(scope, receive, heard)
        finally:
            self.lines.closed(request, "api", began, status)


def _write(request: str, way: str, task: str, model: str, seconds: float, status: int) -> None:
    asked = {"request": request, "way": way, "task": task, "model": model}
    log.info("", extra={"fields": {**asked, "seconds": round(seconds, 3), "status": status}})
