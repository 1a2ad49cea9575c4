"""Labels with scores, as bars."""

from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.results import differences
from components.results.files import csv_file
from components.results.view import Files, Inputs, SimpleView
from components.translations import text


class LabelBars(SimpleView):
    """[{"label", "score"}] → bars, best first."""

    def build(self) -> list[Component]:
        """One gr.Label."""
        return [gr.Label(label=text("Labels"), num_top_classes=100, show_heading=True)]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """Bars of all labels."""
        return [{one["label"]: one["score"] for one in value}]

    def clear(self) -> list[Any]:
        """No bars."""
        return [None]

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Labels that changed rank."""
        return differences.labels(one, other)

    def files(self) -> Files:
        """A table of the labels, too."""
        return {
            "csv": lambda value, inputs: csv_file(("label", "score"), value),
            **super().files(),
        }
