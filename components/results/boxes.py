"""Boxes on a picture, with a threshold that redraws without running the model again."""

from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs, SimpleView

LOWEST = 0.05  # the model's answers are kept from this score on, so the slider can go down


class Boxes(SimpleView):
    """[{"label", "score", "box"}] → boxes drawn on the picture that was given."""

    def build(self) -> list[Component]:
        """The picture, the slider and what both are drawn from."""
        picture = gr.AnnotatedImage(label="Objects", show_legend=True)
        slider = gr.Slider(0.05, 1, 0.5, step=0.01, label="Show boxes from this score on")
        found = gr.State([])
        slider.release(
            _annotations,
            [slider, found],
            picture,
            api_visibility="private",
            show_progress="hidden",
        )
        return [picture, slider, found]

    def gather(self, inputs: Inputs, held: list[Any]) -> Inputs:
        """Remember the slider, and ask the model for everything it may show."""
        return {**inputs, "threshold": LOWEST, "shown_threshold": held[1]}

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """Boxes over the threshold."""
        found = [inputs["image"]["path"], value]
        return [_annotations(inputs["shown_threshold"], found), gr.skip(), found]

    def clear(self) -> list[Any]:
        """No picture."""
        return [None, gr.skip(), []]


def _annotations(threshold: float, found: list[Any]) -> Any:
    if not found:
        return None
    picture, objects = found
    shown = [one for one in objects if one["score"] >= threshold]
    return picture, [
        (
            tuple(one["box"][corner] for corner in ("xmin", "ymin", "xmax", "ymax")),
            f"{one['label']} {one['score']:.2f}",
        )
        for one in shown
    ]
