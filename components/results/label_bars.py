"""Labels with scores, as bars."""

from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs, SimpleView


class LabelBars(SimpleView):
    """[{"label", "score"}] → bars, best first."""

    def build(self) -> list[Component]:
        """One gr.Label."""
        return [gr.Label(label="Labels", num_top_classes=100, show_heading=True)]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """Bars of all labels."""
        return [{one["label"]: one["score"] for one in value}]

    def clear(self) -> list[Any]:
        """No bars."""
        return [None]
