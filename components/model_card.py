"""What a picked model's card and files say: examples to click, and which options it uses.

The Hub is asked for it, so it comes after the line about the model, which it completes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.utils import get_upload_folder

from components import picker
from components.event_options import QUIET
from components.output_state import Values
from components.server.gate import user_error
from components.translations import text
from components.web_address import kept
from pipelines import Playground, PlaygroundError
from pipelines.inputs import Audio, Image, Labels
from pipelines.inputs.web_address import is_web_address
from pipelines.store.visitor import visited
from pipelines.store.widget import MOST, WidgetExample
from pipelines.task import Task

LONGEST_LABEL = 90


@dataclass(frozen=True)
class Widgets:
    """The components that a model's card fills in or shows."""

    model: gr.Dropdown
    about: gr.HTML
    examples: gr.Dataset
    inputs: Mapping[str, Component]
    options: Mapping[str, Component]


def build() -> gr.Dataset:
    """The examples, once there are some."""
    return gr.Dataset(
        label=text("Examples of this model's card"),
        components=["textbox"],
        samples=[[""]] * MOST,  # as many as there may be: the gate admits no number above
        layout="gallery",
        type="index",
        visible=False,
        elem_classes="card-examples",
    )


def wire(picked: list[Any], shown: Widgets, task: Task, playground: Playground) -> Any:
    """Show them after the events `picked`; the event after which an example is in its boxes."""
    conditional = {
        p.name: (p.in_view.of_model, p.default)
        for p in task.options
        if p.in_view and p.in_view.of_model and p.name in shown.options
    }

    def tell(name: str, signed_in: gr.OAuthToken | None) -> Values:
        with visited(signed_in.token if signed_in else None):
            found = _examples(name, task, playground)
            labels = [_label(one) for one in found]
            told: Values = {
                shown.about: picker.describe(name, task, playground),
                shown.examples: gr.Dataset(
                    samples=[[one] for one in labels], sample_labels=labels, visible=bool(labels)
                ),
            }
            config = _config(name, task, playground) if conditional else {}
            for option, (uses, default) in conditional.items():
                # What stands in it is for no other model.
                looks = {"visible": True} if uses(config) else {"visible": False, "value": default}
                told[shown.options[option]] = gr.update(**looks)
            return told

    def fill(row: int, name: str, signed_in: gr.OAuthToken | None) -> Values:
        with visited(signed_in.token if signed_in else None):
            found = _examples(name, task, playground)
        if row >= len(found):
            raise gr.Error(text("The model's card has other examples now."), print_exception=False)
        values = _values(found[row], task, playground) or {}
        try:
            return {
                shown.inputs[p]: _kept(value, task, p, playground) for p, value in values.items()
            }
        except PlaygroundError as error:
            raise user_error(error) from error

    outputs = [shown.about, shown.examples, *(shown.options[one] for one in conditional)]
    for event in picked:
        event.then(tell, shown.model, outputs, **QUIET)
    return shown.examples.click(
        fill,
        [shown.examples, shown.model],
        [*shown.inputs.values()],
        preprocess=False,  # the number of the row as it is
        **QUIET,
    )


def _examples(name: str, task: Task, playground: Playground) -> list[WidgetExample]:
    """Those of the picked model's card that have all inputs of the task."""
    if name == "auto":  # not picked: the tab's own examples are for it
        return []
    try:
        entry = playground.resolve(task, name)
        found = playground.store.plan(entry).examples if entry.hub else ()
    except PlaygroundError:
        return []
    return [one for one in found if _values(one, task, playground)]


def _values(one: WidgetExample, task: Task, playground: Playground) -> dict[str, Any] | None:
    """The inputs of a task from an example; None where it lacks one."""
    values: dict[str, Any] = {}
    for parameter in task.inputs:
        match parameter.spec:
            case Image() | Audio():
                value: Any = one.source if is_web_address(one.source) else ""
                value = value if playground.settings.web_files else ""
            case Labels():
                value = list(one.labels)
            case _:
                value = one.context if parameter.name == "context" else one.text
        if not value:
            return None
        values[parameter.name] = value
    return values


def _kept(value: Any, task: Task, name: str, playground: Playground) -> Any:
    """The value for its box; a file is fetched.

    Raises:
        InputError: it cannot be.
    """
    [spec] = [p.spec for p in task.inputs if p.name == name]
    if isinstance(spec, Image | Audio):
        return kept(spec, value, playground.settings, get_upload_folder())
    return value


def _label(one: WidgetExample) -> str:
    text = one.title or one.text or one.source.rpartition("/")[2]
    line = " ".join(text.split())
    labels = f" ({', '.join(one.labels)})" if one.labels and not one.title else ""
    return f"{line[: LONGEST_LABEL - 1]}…" if len(line) > LONGEST_LABEL else line + labels


def _config(name: str, task: Task, playground: Playground) -> dict[str, Any]:
    try:
        return playground.store.config(playground.resolve(task, name))
    except PlaygroundError:
        return {}
