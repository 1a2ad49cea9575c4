"""The start page: every task as a card with an example; `assets/page.js` opens and finds them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

from components import preview
from components.translations import text
from pipelines.registry import MODALITIES
from pipelines.task import Task

HEADER = Markup(
    "<p id='start-unknown' role='status' hidden>{unknown}</p>"
    "<p class='start-find'><input type='search' id='start-search' placeholder='{find}' "
    "aria-label='{find}'> <small class='start-press'>{press}</small></p>"
    "<p id='start-none' role='status' hidden>{none}</p>"
    "<p id='start-continue' hidden>{left} <a data-open></a></p>"
)
SECTION = Markup("<section><h2>{title}</h2><div class='cards'>{cards}</div></section>")
CARD = Markup(
    "<a class='card' href='?task={id}' data-open><h3>{title}</h3><p>{summary}</p>"
    "<p class='start-example'>{example}</p><span hidden>{names}</span></a>"
)
MOST_CHARACTERS = 90  # of an example


def build(tasks: Mapping[str, Task], examples: Mapping[str, list[Any]]) -> None:
    """The cards; `examples`: the first example of each task's tab, by the task's id."""
    sections = [
        SECTION.format(
            title=text(modality.capitalize()),
            cards=Markup("").join(
                _card(task, examples[task.id])
                for task in tasks.values()
                if task.modality == modality
            ),
        )
        for modality in MODALITIES
    ]
    header = HEADER.format(
        unknown=text(
            "There is no “{name}” on this page: choose a task below.", name=Markup("<b></b>")
        ),
        find=text("Find a task"),
        press=text("or press {key} anywhere on this page", key=Markup("<kbd>/</kbd>")),
        none=text("No task matches “{words}”.", words=Markup("<b></b>")),
        left=text("Continue where you were:"),
    )
    gr.HTML(header + Markup("").join(sections), elem_classes="course start")


def _card(task: Task, example: list[Any]) -> Markup:
    """`names` are what else one may search for: the Hub's id and transformers' other names."""
    names = " ".join([task.id, *task.aliases, task.title])
    return CARD.format(
        id=task.id,
        title=text(task.title),
        summary=text(task.summary),
        example=preview.in_a_line(task) or _line(example),
        names=names,
    )


def _line(example: list[Any]) -> str:
    """An example's inputs in one line: texts, and files by their names."""
    parts = [_part(one) for one in example if one]
    line = " · ".join(parts)
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1].rstrip()}…"


def _part(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    path = Path(str(value))
    return path.name if path.is_absolute() else " ".join(str(value).split())
