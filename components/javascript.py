"""Calls of the functions in assets/page.js, as gradio's `js=` takes them, and the script itself."""

import json

from pipelines.folders import ASSETS

# Inside the page's head: it must read the address before gradio selects a tab, and the page asks
# for no file more.
HEAD = f"<script>\n{(ASSETS / 'page.js').read_text('utf-8')}</script>"


def call(function: str, *data: object) -> str:
    """JavaScript that gives a function of page.js the data, as JSON, then the event's values."""
    given = ", ".join([*map(json.dumps, data), "...values"])
    return f"(...values) => playground.{function}({given})"
