"""Options whose choices depend on the model: when another is picked, they offer what it has.

A model that lies here tells it by its files; of others the catalogue's languages are taken.
"""

import gradio as gr
from gradio.components import Component

from components.event_options import QUIET
from components.output_state import Values
from components.widgets import language_choices
from pipelines import Playground, PlaygroundError
from pipelines.catalogue import Entry
from pipelines.inputs import Language
from pipelines.languages import closest
from pipelines.task import Task


def wire(
    model: gr.Dropdown, widgets: dict[str, Component], task: Task, playground: Playground
) -> None:
    """Offer the model's own choices, now and when another model is picked."""
    specs = {p.name: p.spec for p in task.options if isinstance(p.spec, Language)}
    shown = {name: widget for name, widget in widgets.items() if name in specs}
    if not shown:
        return

    def offer(values: Values) -> Values:
        updates = {}
        for option, widget in shown.items():
            codes = offered(specs[option], values[model], task, playground)
            kept = values[widget] if closest(str(values[widget]), codes) else codes[0]
            updates[widget] = gr.update(choices=language_choices(codes), value=kept)
        return updates

    model.change(
        offer,
        {model, *shown.values()},
        [*shown.values()],
        preprocess=False,
        **QUIET,
    )
    for option, widget in shown.items():
        codes = offered(specs[option], "auto", task, playground)
        widget.choices = language_choices(codes)  # type: ignore[attr-defined]


def offered(spec: Language, name: str, task: Task, playground: Playground) -> list[str]:
    """The language codes of the model of that name; of "auto", those of all that it picks from."""
    try:
        chosen = playground.resolve(task, name)
    except PlaygroundError:
        return list(spec.choices)
    starters = playground.catalogue.starters(task.id) if name == "auto" else []
    entries = dict.fromkeys([chosen, *starters])
    codes = dict.fromkeys(code for entry in entries for code in _known(spec, entry, playground))
    return list(codes) or list(spec.choices)


def _known(spec: Language, entry: Entry, playground: Playground) -> list[str]:
    """Codes of one model, told by its files or, while they are not here, by the catalogue."""
    folder = playground.store.local(entry)
    told = list(spec.of_model(folder)) if folder else []
    # One language alone, or none, says nothing about translating: a chat model's.
    return told or (list(entry.languages) if len(entry.languages) > 1 else [])
