"""Options whose choices depend on the model: when another is picked, they offer what it has.

A model that lies here tells it by its files. Of others the catalogue's languages are taken, and the
voices that the Hub lists. Where a model has no voices to choose from, that option is hidden.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from components.event_options import QUIET
from components.output_state import Values
from components.widgets import language_choices
from pipelines import Playground, PlaygroundError
from pipelines.catalogue import Entry
from pipelines.inputs import Language, Voice
from pipelines.languages import closest
from pipelines.model_voices import voices_of
from pipelines.task import Task


def wire(
    model: gr.Dropdown,
    answer: Component,
    widgets: Mapping[str, Component],
    task: Task,
    playground: Playground,
) -> None:
    """Offer the model's own choices: now, when another model is picked, and when there is a new
    `answer`, for then the model is here and tells more."""
    specs = {p.name: p.spec for p in task.options if isinstance(p.spec, Language | Voice)}
    shown = {name: widget for name, widget in widgets.items() if name in specs}
    if not shown:
        return

    def offer(values: Values) -> Values:
        updates = {}
        for option, widget in shown.items():
            spec, value = specs[option], values[widget]
            if isinstance(spec, Voice):
                updates[widget] = _voices(voices_of(playground, task, values[model]), value)
            else:
                codes = offered(spec, values[model], task, playground)
                kept = value if closest(str(value), codes) else codes[0]
                updates[widget] = gr.update(choices=language_choices(codes), value=kept)
        return updates

    voices = any(isinstance(spec, Voice) for spec in specs.values())
    gr.on(
        [model.change, *([answer.change] if voices else [])],  # type: ignore[attr-defined]  # gradio adds events at run time
        offer,
        {model, *shown.values()},
        [*shown.values()],
        preprocess=False,
        **QUIET,
    )
    for option, widget in shown.items():
        spec = specs[option]
        if isinstance(spec, Language):
            codes = offered(spec, "auto", task, playground)
            widget.choices = language_choices(codes)  # type: ignore[attr-defined]  # a gr.Dropdown


def fitting(
    options: Mapping[str, Any], model: str, task: Task, playground: Playground
) -> dict[str, Any]:
    """The options for another model than they were set for: without a voice that it has not."""
    voices = [p.name for p in task.options if isinstance(p.spec, Voice) and options.get(p.name)]
    known = voices_of(playground, task, model) if voices else []
    lacking = {name: None for name in voices if options[name] not in known}
    return {**options, **lacking}


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


def _voices(names: list[str], value: Any) -> Any:
    """The box of the voices; what is chosen stays if the model has it."""
    kept = {} if value in names else {"value": names[0] if names else None}
    return gr.update(choices=names, visible=len(names) > 1, **kept)
