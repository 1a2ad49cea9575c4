"""What browsers are told about every response: nothing from other hosts, no frames, no referrer."""

import os

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.settings import Settings

# gradio's page has scripts and styles of its own in its HTML, and makes functions of texts; its
# players and workers use blob: and data:.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
}
# Where a Space is shown: the page of the Hub is around it.
HUB = "https://huggingface.co https://*.huggingface.co https://*.hf.space"


class SecurityHeaders:
    """ASGI middleware that adds the security headers to each response."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        sites = settings.frame_ancestors or (HUB if os.environ.get("SPACE_ID") else "'none'")
        policy = {**POLICY, "frame-ancestors": sites}
        self.headers = {
            "content-security-policy": "; ".join(f"{name} {of}" for name, of in policy.items()),
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, with_headers)
