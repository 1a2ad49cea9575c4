"""What stands between the network and the page: middleware, limits and answers of failed routes."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import Depends
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from components.server import http_protocol
from components.server.callers import Identify
from components.server.headers import SecurityHeaders
from components.server.languages import VisitorLanguage
from components.server.limits import BodyLimit, Heartbeats, UploadLimit, lifespan, strings
from components.server.page_cache import PageCache
from components.server.routes import EXCEPTION_HANDLERS, ClosedRoutes
from components.server.session_binding import IssueCookie, SessionBinding
from components.server.sessions import PAGES
from components.server.slow_readers import SlowReaders
from components.server.uploads import UploadFolder
from components.server.visitors import Visitors
from pipelines.settings import Settings

PAGE_THREADS = 100  # beside the runs, for what a page asks in passing
MAX_PATH = 1_000  # longer examples are texts


def launch_kwargs(
    page: gr.Blocks,
    settings: Settings,
    routes: Sequence[BaseRoute] = (),
    middleware: Sequence[Middleware] = (),
) -> dict[str, Any]:
    """What gradio's launch is given for it; `routes` are served beside the page, and `middleware`
    sees requests before the page's own does."""
    return {
        "app_kwargs": {**app_kwargs(page, settings, middleware), "routes": [*routes]},
        "state_session_capacity": PAGES,
        # Those of gradio's queue, which hold every event that is going: what waits for its turn
        # waits in the playground's queue, and takes no event of the page its thread.
        "max_threads": settings.max_runs + PAGE_THREADS,
        "max_file_size": f"{settings.max_upload_mb}mb",
        "run_history": False,  # it would keep inputs in the browser, for who uses it next
    }


def app_kwargs(
    page: gr.Blocks, settings: Settings, middleware: Sequence[Middleware] = ()
) -> dict[str, Any]:
    """Arguments for FastAPI; of the middleware the first sees a request first."""
    http_protocol.use()
    _trust_the_proxy_of_a_space()
    visitors = Visitors(settings.cache)
    folder = get_upload_folder()
    uploads = UploadFolder(Path(folder), settings, _shown(page, folder))
    return {
        "middleware": [
            Middleware(SlowReaders),
            Middleware(Identify, visitors=visitors),
            Middleware(SecurityHeaders, settings=settings),
            Middleware(VisitorLanguage),
            *middleware,
            Middleware(ClosedRoutes),
            Middleware(BodyLimit, settings=settings),
            Middleware(UploadLimit, uploads=uploads, visitors=visitors),
            Middleware(Heartbeats),
            Middleware(IssueCookie, visitors=visitors),
            Middleware(PageCache, private=bool(settings.auth)),
        ],
        "dependencies": [Depends(SessionBinding(visitors))],
        "exception_handlers": EXCEPTION_HANDLERS,
        "lifespan": lifespan(uploads),
    }


def _shown(page: gr.Blocks, folder: str) -> Iterator[str]:
    """The page's own values and examples, which gradio copies to the folder when it is built."""
    yield from (one for one in strings(page.get_config_file()) if one.startswith(folder))
    blocks = [getattr(block, "raw_samples", None) for block in page.blocks.values()]
    for sample in strings([*blocks, getattr(page, "examples", None)]):  # of tabs to come, too
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
