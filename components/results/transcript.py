"""A transcript with its sound: a click on a time stamp plays from there."""

from html import escape
from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs, SimpleView

SEEK = "const a=this.closest('.transcript').querySelector('audio');a.currentTime={};a.play()"


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
        return [value["text"], _pieces(value, inputs["audio"]) if final else gr.skip()]

    def clear(self) -> list[Any]:
        """No text."""
        return ["", ""]


def _pieces(value: Any, audio: dict[str, Any]) -> str:
    if not value.get("chunks"):
        return ""
    rows = "".join(
        f'<li><button type="button" onclick="{SEEK.format(chunk["timestamp"][0])}" '
        f'aria-label="Play from {_clock(chunk["timestamp"][0])}">'
        f"{_clock(chunk['timestamp'][0])}</button> {escape(chunk['text'])}</li>"
        for chunk in value["chunks"]
    )
    source = escape(audio.get("url") or f"/gradio_api/file={audio['path']}", quote=True)
    return f'<div class="transcript"><audio controls src="{source}"></audio><ol>{rows}</ol></div>'


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
