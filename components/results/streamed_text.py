"""One text that grows as it is written, with a copy button."""

from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs, SimpleView


class StreamedText(SimpleView):
    """{key: text} → a textbox."""

    def __init__(self, key: str, label: str) -> None:
        self.key = key
        self.label = label

    def build(self) -> list[Component]:
        """One read-only gr.Textbox."""
        return [
            gr.Textbox(label=self.label, lines=6, max_lines=20, interactive=False, buttons=["copy"])
        ]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The text so far."""
        return [value[self.key]]

    def clear(self) -> list[Any]:
        """No text."""
        return [""]
