"""Boxes on a picture, with a threshold that redraws without running the model again.

The boxes are drawn on a copy of the picture, upright as the model saw it, and small, because gradio
makes a mask of the picture's size for each box.
"""

import sys
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.processing_utils import save_pil_to_cache
from gradio.utils import get_upload_folder

from components.results.json_text import json_text
from components.results.view import Inputs, SimpleView
from pipelines.inputs import Image
from pipelines.inputs.image import open_picture
from pipelines.settings import Settings

LONGEST = 1280  # longer side of the copy in pixels
ANY_SIZE = Settings(max_megapixels=sys.maxsize)  # the model has read the picture already
LOWEST = 0.05  # threshold the model is asked with, so that the slider can go down to it


class Boxes(SimpleView):
    """[{"label", "score", "box"}] → boxes drawn on the picture that was given.

    The slider is the option `threshold`; the model is asked for everything that it may show.
    """

    asks: Mapping[str, Any] = {"threshold": LOWEST}

    def build(self) -> list[Component]:
        """The picture, the slider and what both are drawn from."""
        picture = gr.AnnotatedImage(label="Objects", show_legend=True)
        slider = gr.Slider(0.05, 1, 0.5, step=0.01, label="Show boxes from this score on")
        found = gr.State([])
        self.parts = picture, slider, found
        return [*self.parts]

    def wire(self, json: Component) -> None:
        """The slider thins out the boxes and the JSON."""
        picture, slider, found = self.parts
        slider.release(
            _redrawn,
            [slider, found],
            [picture, json],
            api_visibility="private",
            show_progress="hidden",
        )

    def options(self) -> dict[str, Component]:
        """The slider is the threshold of the other ways to call."""
        return {"threshold": self.parts[1]}

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """Boxes over the threshold."""
        found = [*_copy(inputs["image"]["path"]), value]
        return [_annotations(inputs["threshold"], found), gr.skip(), found]

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The boxes that are shown."""
        return _over(inputs["threshold"], value)

    def clear(self) -> list[Any]:
        """No picture."""
        return [None, gr.skip(), []]


def _copy(path: str) -> tuple[str, float]:
    """The file of the upright small copy, and its size as a share of the picture's."""
    with open_picture(path, ANY_SIZE) as file:
        longest = max(file.size)
        file.draft("RGB", (LONGEST, LONGEST))  # a large JPEG is decoded small at once
        picture = Image().read(file, ANY_SIZE)
    picture.thumbnail((LONGEST, LONGEST))
    copy = save_pil_to_cache(picture, get_upload_folder(), format="webp")
    return copy, max(picture.size) / longest


def _over(threshold: float, objects: list[Any]) -> list[Any]:
    return [one for one in objects if one["score"] >= threshold]


def _redrawn(threshold: float, found: list[Any]) -> tuple[Any, str]:
    """The picture and the JSON at this threshold."""
    if not found:
        return None, ""
    return _annotations(threshold, found), json_text(_over(threshold, found[-1]))


def _annotations(threshold: float, found: list[Any]) -> Any:
    copy, share, objects = found
    return copy, [
        (
            tuple(round(one["box"][corner] * share) for corner in ("xmin", "ymin", "xmax", "ymax")),
            f"{one['label']} {one['score']:.2f}",
        )
        for one in _over(threshold, objects)
    ]
