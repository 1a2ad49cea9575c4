"""The "New scene" button of the three tabs that have a model of the scene world, and its truth.

It is there when such a model is chosen.
The truth belongs to the picture that the button made: it is hidden as soon as there is another.
"""

import hashlib
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.event_options import QUIET
from components.translations import text
from pipelines.catalogue import catalogue

if TYPE_CHECKING:
    from pipelines.scenes import Scene


def new_scene(inputs: list[Component], model: gr.Dropdown) -> None:
    """The button under the picture, which is the tab's first input; shown for scene models."""
    picture = inputs[0]
    assert isinstance(picture, gr.Image)
    button = gr.Button(text("New scene"), size="sm", visible=False)
    with gr.Accordion(text("The truth of this scene"), open=False, visible=False) as box:
        truth = gr.HTML(elem_classes="truth")
    made = gr.State("")
    button.click(
        _maker(picture.GRADIO_CACHE),
        None,
        [picture, made, truth, box],
        **QUIET,
    )
    model.change(_offered, model, button, **QUIET)
    picture.change(_keep, [picture, made], box, **QUIET)


def _maker(folder: str) -> Any:
    def make() -> list[Any]:
        """A scene as a PNG: gradio's own format would lose some of it."""
        from gradio.processing_utils import save_pil_to_cache

        from pipelines.scenes import make_scene

        scene = make_scene(random.randrange(100_000_000, 2**31))  # training's seeds are smaller
        file = save_pil_to_cache(scene.image, cache_dir=folder, name="scene", format="png")
        return [file, _digest(file), known_truth(scene), gr.update(visible=True)]

    return make


def _offered(model: str | None) -> Any:
    """Show the button when the model knows scenes."""
    entry = catalogue().find(model or "")
    return gr.update(visible=bool(entry and entry.engine == "scenes"))


def _keep(picture: str | None, made: str) -> Any:
    """Hide the truth when the picture is another one."""
    return gr.update(visible=bool(picture and made and _digest(picture) == made))


def _digest(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def known_truth(scene: "Scene") -> Markup:
    """What the program that drew the scene knows of it, as HTML."""
    things = Markup("").join(
        Markup("<li>{} at {}, {:.0%} to be seen</li>").format(one.label, one.box, one.visible)
        for one in scene.objects
    )
    asked = Markup("").join(
        Markup("<tr><td>{}</td><td><b>{}</b></td></tr>").format(question, answer)
        for question, answer in scene.questions
    )
    return Markup(
        "<p>{}</p><ul>{}</ul><p>Boxes are (xmin, ymin, xmax, ymax) in pixels.</p>"
        "<table><tbody>{}</tbody></table>"
    ).format(scene.caption, things, asked)
