"""What stands between the network and the page: middleware, limits and answers of failed routes."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import Depends
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from components.server.limits import BodyLimit, Heartbeats, UploadLimit, lifespan, strings
from components.server.routes import EXCEPTION_HANDLERS, ClosedRoutes
from components.server.session_binding import IssueCookie, SessionBinding
from components.server.sessions import PAGES
from components.server.uploads import UploadFolder
from components.server.visitors import Visitors
from pipelines.settings import Settings

MAX_PATH = 1_000  # longer examples are texts


def launch_kwargs(page: gr.Blocks, settings: Settings) -> dict[str, Any]:
    """What gradio's launch is given for it."""
    return {
        "app_kwargs": app_kwargs(page, settings),
        "state_session_capacity": PAGES,
        "max_file_size": f"{settings.max_upload_mb}mb",
    }


def app_kwargs(page: gr.Blocks, settings: Settings) -> dict[str, Any]:
    """Arguments for FastAPI; of the middleware the first sees a request first."""
    _trust_the_proxy_of_a_space()
    visitors = Visitors(settings.cache)
    folder = get_upload_folder()
    uploads = UploadFolder(Path(folder), settings, _shown(page, folder))
    return {
        "middleware": [
            Middleware(ClosedRoutes),
            Middleware(BodyLimit, settings=settings),
            Middleware(UploadLimit, uploads=uploads, visitors=visitors),
            Middleware(Heartbeats),
            Middleware(IssueCookie, visitors=visitors),
        ],
        "dependencies": [Depends(SessionBinding(visitors))],
        "exception_handlers": EXCEPTION_HANDLERS,
        "lifespan": lifespan(uploads),
    }


def _shown(page: gr.Blocks, folder: str) -> Iterator[str]:
    """The page's own values and examples, which gradio copies to the folder when it is built."""
    yield from (one for one in strings(page.get_config_file()) if one.startswith(folder))
    for block in page.blocks.values():
        for sample in strings(getattr(block, "raw_samples", None)):
            if len(sample) < MAX_PATH and os.path.isfile(sample):
                yield save_file_to_cache(sample, folder)  # where its copy is, by its hash


def _trust_the_proxy_of_a_space() -> None:
    """Have a Space's visitors told apart by their addresses.

    uvicorn takes a visitor's address from X-Forwarded-For if the one who connects is a proxy that
    it trusts, and then the last address that is none. By its own default that is this machine,
    from where share links and a proxy in front of the page come; a Space's proxy has a private one.
    """
    if os.environ.get("SPACE_ID"):
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "127.0.0.1,10.0.0.0/8")
