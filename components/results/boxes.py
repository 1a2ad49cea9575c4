"""Boxes on a picture, and what is in them as a list beside it; at another threshold both are drawn
anew, without running the model again.

A box and its line in the list light up together, a click keeps them lit, and a label's count shows
the things of that label alone (assets/page.js). The list is what the keyboard reaches; a screen
reader hears it, too. gradio's AnnotatedImage has neither: its legend is no control, and it sends a
mask of the picture's size for each box. The picture is a copy, upright as the model saw it, and no
larger than a screen.
"""

import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.processing_utils import save_pil_to_cache
from gradio.utils import get_upload_folder
from markupsafe import Markup

from components.event_options import QUIET
from components.results import differences
from components.results.files import COLOURS, annotated_picture, csv_file
from components.results.json_text import json_text
from components.results.view import Files, Inputs, SimpleView
from components.translations import text
from pipelines.inputs import Image
from pipelines.inputs.image import open_picture
from pipelines.settings import Settings

LONGEST = 1280  # longer side of the copy in pixels
ANY_SIZE = Settings(max_megapixels=sys.maxsize)  # the model has read the picture already
LOWEST = 0.05  # threshold the model is asked with, so that the slider can go down to it
FAR_RIGHT = 0.7  # of the width: a box that begins behind it has its name end where the box does
MOST_NAMES = 8  # of things that are named on the picture; of more the names would cover it
FIGURE = Markup(
    '<figure class="found {names}"><div class="found-picture"><img alt="{alt}" '
    'src="/gradio_api/file={source}">{boxes}</div><div class="found-things">{list}</div></figure>'
)
# Small boxes lie over large ones. For the keyboard there is the list.
BOX = Markup(
    '<button type="button" tabindex="-1" data-thing="{number}" data-label="{label}" '
    'class="{side}" style="'
    "left:{left:.2%};top:{top:.2%};width:{width:.2%};height:{height:.2%};z-index:{rank};"
    '--colour:{colour}"><span>{label} {score:.2f}</span></button>'
)
COUNT = Markup(
    '<button type="button" aria-pressed="false" data-only="{label}" style="--colour:{colour}">'
    "{label} <b>{count}</b></button> "
)
THING = Markup(
    '<li><button type="button" aria-pressed="false" data-thing="{number}" data-label="{label}" '
    'style="--colour:{colour}"><span>{label}</span> <b>{score:.2f}</b></button></li>'
)
LIST = Markup(
    '<p class="found-counts" role="group" aria-label="{name}">{counts}</p><ol>{things}</ol>'
)
NOTHING = Markup("<p>{}</p>")


class Boxes(SimpleView):
    """[{"label", "score", "box"}] → boxes drawn on the picture that was given.

    The slider is the option `threshold`; the model is asked for everything that it may show.
    """

    asks: Mapping[str, Any] = {"threshold": LOWEST}

    def build(self) -> list[Component]:
        """The figure, the slider and what both are drawn from."""
        figure = gr.HTML(label=text("Objects"))
        slider = gr.Slider(0.05, 1, 0.5, step=0.01, label=text("Show boxes from this score on"))
        found = gr.State([])
        self.parts = figure, slider, found
        return [*self.parts]

    def wire(self, json: Component) -> None:
        """The slider thins out the boxes and the JSON.

        At each change: arrow keys send no release, and a number typed sends one that may still
        carry the value before it.
        """
        figure, slider, found = self.parts
        slider.change(
            _redrawn,
            [slider, found],
            [figure, json],
            trigger_mode="always_last",
            **QUIET,
        )

    def options(self) -> dict[str, Component]:
        """The slider is the threshold of the other ways to call."""
        return {"threshold": self.parts[1]}

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """Boxes over the threshold."""
        found = [*_copy(inputs["image"]["path"]), value]
        return [_figure(inputs["threshold"], found), gr.skip(), found]

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The boxes that are shown."""
        return _over(inputs["threshold"], value)

    def clear(self) -> list[Any]:
        """No figure."""
        return ["", gr.skip(), []]

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Of the boxes that are shown, those of one model alone or named otherwise."""
        return differences.boxes(*(_over(inputs["threshold"], value) for value in (one, other)))

    def files(self) -> Files:
        """The picture with the boxes that are shown, and a table of them."""
        return {"png": _picture_file, "csv": _table, **super().files()}


def _picture_file(value: Any, inputs: Inputs) -> bytes:
    with open_picture(inputs["image"]["path"], ANY_SIZE) as file:
        picture = Image().read(file, ANY_SIZE)
    return annotated_picture(picture, _over(inputs["threshold"], value))


def _table(value: Any, inputs: Inputs) -> bytes:
    names = ("label", "score", "xmin", "ymin", "xmax", "ymax")
    rows = [{**one, **one["box"]} for one in _over(inputs["threshold"], value)]
    return csv_file(names, rows)


def _copy(path: str) -> tuple[str, tuple[int, int]]:
    """The file of the upright small copy, and the upright picture's own width and height."""
    with open_picture(path, ANY_SIZE) as file:
        longest, shortest = max(file.size), min(file.size)
        file.draft("RGB", (LONGEST, LONGEST))  # a large JPEG is decoded small at once
        picture = Image().read(file, ANY_SIZE)
    size = (longest, shortest) if picture.width > picture.height else (shortest, longest)
    picture.thumbnail((LONGEST, LONGEST))
    return save_pil_to_cache(picture, get_upload_folder(), format="webp"), size


def _over(threshold: float, objects: list[Any]) -> list[Any]:
    return [one for one in objects if one["score"] >= threshold]


def _redrawn(threshold: float, found: list[Any]) -> tuple[str, str]:
    """The figure and the JSON at this threshold."""
    if not found:
        return "", ""
    return _figure(threshold, found), json_text(_over(threshold, found[-1]))


def _figure(threshold: float, found: list[Any]) -> Markup:
    """The picture with its boxes, and the list."""
    source, (width, height), objects = found
    shown = _over(threshold, objects)
    counts = Counter(one["label"] for one in shown)
    colours = {label: COLOURS[n % len(COLOURS)] for n, label in enumerate(counts)}
    by_size = sorted(range(len(shown)), key=lambda n: -_area(shown[n]["box"]))
    ranks = {number: rank for rank, number in enumerate(by_size, 1)}
    boxes, things = Markup(""), Markup("")
    for number, one in enumerate(shown):
        box = one["box"]
        said = {
            "number": number,
            "label": one["label"],
            "score": one["score"],
            "colour": colours[one["label"]],
        }
        boxes += BOX.format(
            left=box["xmin"] / width,
            top=box["ymin"] / height,
            width=(box["xmax"] - box["xmin"]) / width,
            height=(box["ymax"] - box["ymin"]) / height,
            rank=ranks[number],
            side="far-right" if box["xmin"] > FAR_RIGHT * width else "",
            **said,
        )
        things += THING.format(**said)
    nothing = text("Nothing was found with such a score: move the slider to the left.")
    return FIGURE.format(
        names="" if len(shown) > MOST_NAMES else "named",
        alt=text("The picture with boxes"),
        source=source,
        boxes=boxes,
        list=_list(counts, colours, things) if shown else NOTHING.format(nothing),
    )


def _list(counts: Counter[str], colours: Mapping[str, str], things: Markup) -> Markup:
    """How many there are of each label, the most frequent first, and each."""
    buttons = [
        COUNT.format(label=label, count=count, colour=colours[label])
        for label, count in counts.most_common()
    ]
    return LIST.format(name=text("Show one label"), counts=Markup("").join(buttons), things=things)


def _area(box: Mapping[str, float]) -> float:
    return (box["xmax"] - box["xmin"]) * (box["ymax"] - box["ymin"])
