"""Calls of the functions in assets/page.js, as gradio's `js=` takes them, and the script itself."""

import json
import re

from components.translations import CLOSE, OPEN
from pipelines.folders import ASSETS

TEXT = re.compile(r"\btext\('([^']+)'\)")

# Inside the page's head: it must read the address before gradio selects a tab, and the page asks
# for no file more.
SCRIPT = TEXT.sub(rf"'{OPEN}\1{CLOSE}'", (ASSETS / "page.js").read_text("utf-8"))
HEAD = f"<script>\n{SCRIPT}</script>"


def call(function: str, *data: object) -> str:
    """JavaScript that gives a function of page.js the data, as JSON, then the event's values."""
    given = ", ".join([*map(_json, data), "...values"])
    return f"(...values) => playground.{function}({given})"


def _json(data: object) -> str:
    written = json.dumps(data, ensure_ascii=False)
    return written if OPEN in written else json.dumps(data)  # a text's mark is kept
