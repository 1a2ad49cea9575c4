"""Sends each visitor the page in the language that the browser asks for: Accept-Language.

What is made for all visitors holds marked texts (`components/translations.py`). They are translated
on their two ways out: in the page's configuration, once for a language, and in the answer to an
event. Endpoints, the OpenAPI documents and MCP are English.
"""

from typing import Any

import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.translations import ENGLISH, LANGUAGE, preferred, translated

HEADER = "accept-language"
REFUSED = 400  # from this status on a response may be a sentence to the visitor
SENT = ("data", "render_config")  # of the answer to an event


class VisitorLanguage:
    """ASGI middleware: says in which language a request is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; a cache may give its answer only to who asks for that language."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        LANGUAGE.set(preferred(Headers(scope=scope).get(HEADER, "")))

        async def varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                page = headers.get("content-type", "").startswith("text/html")
                if page or message["status"] >= REFUSED:
                    headers.add_vary_header(HEADER)
            await send(message)

        await self.app(scope, receive, varying)


class TranslatedBlocks(gr.Blocks):
    """A page in the language of whoever opens it."""

    translates = True  # what is made in it may hold marked texts

    @property
    def config(self) -> Any:
        """What gradio's client makes the page of."""
        language = LANGUAGE.get()
        if language not in self._configs:
            self._configs[language] = translated(self._configs[""], language)
        return self._configs[language]

    @config.setter
    def config(self, marked: Any) -> None:
        self._configs: dict[str, Any] = {"": marked}

    async def process_api(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Answer an event of the page in its visitor's language."""
        endpoint = getattr(options.get("block_fn"), "api_visibility", "") == "public"
        headers = getattr(options.get("request"), "headers", None) or {}
        language = ENGLISH if endpoint else preferred(headers.get(HEADER, ""))
        before = LANGUAGE.set(language)
        try:
            answer: dict[str, Any] = await super().process_api(*args, **options)
        finally:
            LANGUAGE.reset(before)
        if not endpoint:
            answer |= {name: translated(answer[name], language) for name in SENT if name in answer}
        return answer
