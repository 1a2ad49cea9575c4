"""The model picker: the catalogue's entries for the task or any Hub id, and facts about each."""

from html import escape
from typing import Any

import gradio as gr

from pipelines import Playground, PlaygroundError
from pipelines.catalogue import Entry
from pipelines.choice import choose
from pipelines.playground import Answer
from pipelines.task import Task


def build(task: Task, playground: Playground) -> tuple[gr.Dropdown, gr.HTML]:
    """The dropdown, and the line about the chosen model (filled when the tab opens)."""
    entries = playground.catalogue.for_task(task.id)
    model = gr.Dropdown(
        label="Model",
        info="auto, a name from the list" + ("" if playground.settings.public else ", or a Hub id"),
        choices=[("auto", "auto"), *((_label(entry), entry.name) for entry in entries)],
        value="auto",
        allow_custom_value=not playground.settings.public,
        filterable=True,
    )
    return model, gr.HTML(elem_classes="about-model")


def wire(
    model: gr.Dropdown, about: gr.HTML, recommend: gr.Button, task: Task, playground: Playground
) -> None:
    """Show facts when the choice changes; the button takes the recommended model."""

    def facts(name: str) -> str:
        return describe(name, task, playground)

    model.change(facts, model, about, api_visibility="private", show_progress="hidden")
    if best := playground.catalogue.recommended(task.id):
        recommend.click(lambda: best.name, None, model, api_visibility="private")


def describe(name: str, task: Task, playground: Playground) -> str:
    """One line about the model that would answer."""
    try:
        entry = choose(task, name, playground.catalogue, playground.store, playground.settings)
    except PlaygroundError as error:
        return f'<p class="error"><b>{escape(error.sentence)}</b> {escape(error.hint)}</p>'
    size = f"{entry.size_bytes / 1e6:,.0f} MB" if entry.size_bytes else "size unknown"
    languages = ", ".join(entry.languages) or "no language"
    return (
        f"<p><b>{escape(entry.title)}</b> · {escape(entry.licence)} · {size} · "
        f"{escape(languages)} · {state(entry, playground)}<br>"
        f"<small>{escape(entry.good_at)} <i>{escape(entry.bad_at)}</i></small></p>"
    )


def state(entry: Entry, playground: Playground) -> str:
    """One of bundled, cached, downloadable, unreachable, loaded."""
    if any(one.key.split(" ")[0] == entry.name for one in playground.cache.loaded()):
        return "loaded"
    return playground.store.state(entry)


def offer(answer: Answer, task: Task, playground: Playground) -> Any:
    """The button for the recommended model, shown when the starter says that it knows less."""
    best = playground.catalogue.recommended(task.id)
    shown = bool(best and answer.offer_recommended)
    return gr.update(visible=shown, value=f"Use {best.title} instead" if best else "")


def _label(entry: Entry) -> str:
    size = f"{entry.size_bytes / 1e6:,.0f} MB" if entry.size_bytes else "size unknown"
    return f"{entry.title} · {size} · {entry.licence}"
