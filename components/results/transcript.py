"""A transcript with its sound: a click on a time stamp plays from there (assets/page.js)."""

from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.results.view import Inputs, SimpleView

CHUNK = Markup(
    '<li><button type="button" data-start="{start}" aria-label="Play from {clock}">{clock}'
    "</button> {text}</li>"
)
TRANSCRIPT = Markup(
    '<div class="transcript"><audio controls src="{source}"></audio><ol>{chunks}</ol></div>'
)


class TranscriptView(SimpleView):
    """{"text", "chunks"?} → text to copy, and pieces with times to click."""

    def build(self) -> list[Component]:
        """The text, and the pieces."""
        return [
            gr.Textbox(
                label="Transcript", lines=4, max_lines=20, interactive=False, buttons=["copy"]
            ),
            gr.HTML(label="Time stamps"),
        ]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The text so far and its pieces; the player comes with the last."""
        return [value["text"], _chunks(value, inputs["audio"]) if final else gr.skip()]

    def clear(self) -> list[Any]:
        """No text."""
        return ["", ""]


def _chunks(value: Any, audio: dict[str, Any]) -> str:
    if not value.get("chunks"):
        return ""
    chunks = Markup("").join(
        CHUNK.format(start=start, clock=_clock(start), text=chunk["text"])
        for chunk in value["chunks"]
        for start in [chunk["timestamp"][0]]
    )
    source = audio.get("url") or f"/gradio_api/file={audio['path']}"
    return TRANSCRIPT.format(source=source, chunks=chunks)


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
