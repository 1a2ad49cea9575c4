"""Options whose choices depend on the model: when another is picked, they offer what it has.

A model that lies here tells it by its files; of others the catalogue's languages are taken.
"""

from typing import Any

import gradio as gr
from gradio.components import Component

from components.widgets import language_choices
from pipelines import Playground, PlaygroundError
from pipelines.inputs import Language
from pipelines.task import Task


def wire(
    model: gr.Dropdown, widgets: dict[str, Component], task: Task, playground: Playground
) -> None:
    """Offer the model's own choices, now and when another model is picked."""
    options = {p.name: p for p in task.options if isinstance(p.spec, Language)}
    shown = {name: widget for name, widget in widgets.items() if name in options}
    if not shown:
        return

    def offer(name: str, *values: str) -> Any:
        updates = []
        for option, value in zip(shown, values, strict=True):
            codes = offered(options[option].spec, name, task, playground)
            kept = value if value in codes else codes[0]
            updates.append(gr.update(choices=language_choices(codes), value=kept))
        return updates if len(updates) > 1 else updates[0]

    model.change(
        offer,
        [model, *shown.values()],
        [*shown.values()],
        preprocess=False,
        api_visibility="private",
        show_progress="hidden",
    )
    for option, widget in shown.items():
        codes = offered(options[option].spec, "auto", task, playground)
        widget.choices = language_choices(codes)  # type: ignore[attr-defined]


def offered(spec: Language, name: str, task: Task, playground: Playground) -> list[str]:
    """Codes to offer for the model of that name."""
    try:
        entry = playground.resolve(task, name)
        folder = playground.store.local(entry)
    except PlaygroundError:
        return list(spec.choices)
    told = list(spec.of_model(folder)) if folder else []
    # One language alone, or none, says nothing about translating: a chat model's.
    return told or (list(entry.languages) if len(entry.languages) > 1 else list(spec.choices))
