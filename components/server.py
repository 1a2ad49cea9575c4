"""What stands between the network and the page: middleware and the answers of failed routes."""

import os
from typing import Any

from fastapi import Depends
from starlette.middleware import Middleware

from components.routes import EXCEPTION_HANDLERS, ClosedRoutes
from components.session_binding import IssueCookie, SessionBinding
from components.visitors import Visitors
from pipelines.settings import Settings


def app_kwargs(settings: Settings) -> dict[str, Any]:
    """Arguments for the FastAPI application that gradio makes."""
    _trust_the_proxy_of_a_space()
    visitors = Visitors(settings.cache)
    return {
        "middleware": [Middleware(ClosedRoutes), Middleware(IssueCookie, visitors=visitors)],
        "dependencies": [Depends(SessionBinding(visitors))],
        "exception_handlers": EXCEPTION_HANDLERS,
    }


def _trust_the_proxy_of_a_space() -> None:
    """Have a Space's visitors told apart by their addresses.

    uvicorn takes a visitor's address from X-Forwarded-For if the one who connects is a proxy that
    it trusts, and then the last address that is none. By its own default that is this machine,
    from where share links and a proxy in front of the page come; a Space's proxy has a private one.
    """
    if os.environ.get("SPACE_ID"):
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "127.0.0.1,10.0.0.0/8")
