"""/healthz and /readyz: whether the process answers, and whether work should be sent to it."""

import shutil
import tempfile

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from pipelines import Playground

RETRY_AFTER = {"Retry-After": "10"}


class Health:
    """The health of one playground's server."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground

    async def alive(self, request: Request) -> JSONResponse:
        """Whether the process answers."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> JSONResponse:
        """200, or 503 with a sentence while no work should be sent here."""
        if why := await run_in_threadpool(self.trouble):
            return JSONResponse({"status": "unavailable", "why": why}, 503, RETRY_AFTER)
        return JSONResponse({"status": "ok"})

    def trouble(self) -> str:
        """Why no work should be sent here, or ""; no path is named."""
        in_flight = self.playground.in_flight
        if in_flight.stopping:
            return "The server is stopping."
        if not in_flight.started:
            return "The server is starting."
        settings = self.playground.settings
        folder = settings.cache
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(b"1")
            free = shutil.disk_usage(folder).free
        except OSError:
            return "The cache folder cannot be written."
        return "The disk is full." if free < settings.min_free_mb * 1_000_000 else ""
