"""One text that grows as it is written, with a copy button."""

from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.results import differences
from components.results.files import text_file
from components.results.view import Files, Inputs, SimpleView
from components.translations import text


class StreamedText(SimpleView):
    """{key: text} → a textbox."""

    readable = True

    def __init__(self, key: str, label: str) -> None:
        self.key = key
        self.label = label

    def build(self) -> list[Component]:
        """One read-only gr.Textbox."""
        return [
            gr.Textbox(
                label=text(self.label), lines=6, max_lines=20, interactive=False, buttons=["copy"]
            )
        ]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The text so far."""
        return [value[self.key]]

    def clear(self) -> list[Any]:
        """No text."""
        return [""]

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Words that differ."""
        return differences.texts(self.words(one), self.words(other))

    def files(self) -> Files:
        """The text, too."""
        return {
            "txt": lambda value, inputs: text_file(self.words(value)),
            **super().files(),
        }

    def words(self, value: Any) -> str:
        """The text."""
        return str(value[self.key])
