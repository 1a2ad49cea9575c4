"""What stands between the network and the page: middleware and the answers of failed routes."""

from typing import Any

from starlette.middleware import Middleware

from components.routes import EXCEPTION_HANDLERS, ClosedRoutes
from pipelines.settings import Settings


def app_kwargs(settings: Settings) -> dict[str, Any]:
    """Arguments for the FastAPI application that gradio makes."""
    middleware = [Middleware(ClosedRoutes)]
    return {"middleware": middleware, "exception_handlers": EXCEPTION_HANDLERS}
