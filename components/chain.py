"""A chain of tabs: what one answered becomes the text of the next, and one link keeps them all.

`?task=automatic-speech-recognition&audio=weather.mp3&then=task%3Dtranslation%26target%3Dpt` fills
in the first tab; a line above each tab names the steps, and sends the text on once the visitor has
run it. Each `then` is a link of its own without its text. The browser knows how far the visitor is
(assets/page.js); here are the words that go on, and the link.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial
from typing import Any
from urllib.parse import parse_qs, urlencode

import gradio as gr
from gradio.components import Component

from components import links
from components.event_options import QUIET
from components.javascript import call
from components.output_state import Values
from components.record import ended
from components.results import View
from components.translations import text
from pipelines.errors import InputError
from pipelines.inputs import Messages, Text
from pipelines.parse_json import parse_json
from pipelines.registry import tasks
from pipelines.task import Task

MOST_STEPS = 8
Fields = Mapping[str, Component]


@cache
def readers() -> dict[str, str]:
    """The tasks that read one text of any length, and the name of that input."""
    return {
        task.id: task.inputs[0].name
        for task in tasks().values()
        if len(task.inputs) == 1 and isinstance(task.inputs[0].spec, Text | Messages)
    }


def steps() -> dict[str, tuple[str, str | None]]:
    """What the browser has to know of each task: its title, and the input that takes a text."""
    return {task.id: (text(task.title), readers().get(task.id)) for task in tasks().values()}


def build(task: Task, view: View, fields: Fields, record: gr.State) -> None:
    """What sends a tab's text on; the page's script clicks it and knows where to."""
    button = gr.Button(visible="hidden", elem_id=f"send-{task.id}")
    told = gr.Textbox(visible="hidden")
    button.click(
        partial(sent, task, view, fields, record),
        {*fields.values(), record, *view.reads()},
        told,
        preprocess=False,
        **QUIET,
    ).success(None, told, None, js=call("textSent", task.id), **QUIET)


def sent(task: Task, view: View, fields: Fields, record: gr.State, values: Values) -> str:
    """What the browser is told when a text goes on: the text, and the link of this step.

    Raises:
        InputError: there is no text, or it is too long.
    """
    values = {**values, record: view.as_shown(values[record], values)}
    words = view.words(ended(values[record]).value)
    if not words.strip():
        raise InputError(text("This answer has no text."), text("Run something else."))
    if len(words) > links.MOST_CHARACTERS:
        raise InputError(
            text(
                "The text is too long to send: {count} characters of at most {most}.",
                count=f"{len(words):,}",
                most=f"{links.MOST_CHARACTERS:,}",
            ),
            text("Copy it."),
        )
    told = {"text": words, "link": "", "step": _step(task, fields, record, values)}
    with suppress(InputError):  # its own text is too long for a link: said when one is wanted
        told["link"] = links.link(task, fields, record, values, warns=False)
    return json.dumps(told)


def link(
    task: Task,
    view: View,
    fields: Fields,
    record: gr.State,
    before: gr.Textbox,
    values: Values,
) -> str:
    """The link of a tab; where a text was sent to it, that of the whole chain.

    Raises:
        InputError: it would be too long.
    """
    values = {**values, record: view.as_shown(values[record], values)}
    earlier = _links(values[before])
    if not earlier:
        return links.link(task, fields, record, values)
    first, *others = earlier
    if not first:
        raise InputError(
            text(
                "The first step's text does not fit into a link of {most} characters.",
                most=f"{links.MOST_CHARACTERS:,}",
            ),
            text("Begin the chain with a shorter one."),
        )
    begins = parse_qs(first[1:])
    begun = tasks().get(begins.get("task", [""])[0])
    if begun and not any(one.name in begins for one in begun.inputs):
        links.warn(
            text("The chain begins with a file that only this page has: the link is without it.")
        )
    thens = [*others, _step(task, fields, record, values)]
    written = first + "".join(f"&{urlencode({'then': one[1:]})}" for one in thens)
    if len(written) > links.MOST_CHARACTERS:
        raise InputError(
            text(
                "A link holds {most} characters, and this chain takes {count}.",
                most=f"{links.MOST_CHARACTERS:,}",
                count=f"{len(written):,}",
            ),
            text("Begin it with a shorter text."),
        )
    return written


def _step(task: Task, fields: Fields, record: gr.State, values: Values) -> str:
    """The link of a tab without the text that the tab before it sends."""
    kept = {name: box for name, box in fields.items() if name != readers().get(task.id)}
    return links.link(task, kept, record, values, warns=False)


def _links(told: Any) -> list[str]:
    """The links of the steps before this one, as the browser tells them."""
    try:
        found = parse_json(told) if told else []
    except (ValueError, TypeError):
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        return []
    if len(found) >= MOST_STEPS:
        raise InputError(
            text("A chain has {most} steps at most.", most=MOST_STEPS), text("Begin a new one.")
        )
    return found
