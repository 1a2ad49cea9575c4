"""What every explanation has: its title, and what makes its panel of an answer.

A panel is made anew whenever it is opened, and at each answer while it is open
(`components/lazy.py`), so its events may hold on to that answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from components.record import Record
from components.runs import Runs
from components.translations import text
from pipelines import Playground
from pipelines.task import Task


@dataclass(frozen=True)
class Place:
    """Where a panel stands: in the tab of a task, with its model box."""

    task: Task
    playground: Playground
    runs: Runs
    model: gr.Dropdown


@dataclass(frozen=True)
class Explanation:
    """`build` makes the panel of a finished run, and is given the values of those components of the
    tab's view whose numbers are `reads`."""

    title: str
    build: Callable[..., None]
    reads: tuple[int, ...] = ()

    def show(self, place: Place, opened: bool, record: Record | None, *values: Any) -> None:
        """Make the panel if it is open, or say that there is no answer yet."""
        if not opened:
            return
        if record is None or record.value is None:
            say(text("There is no answer yet: press Run first."))
        else:
            self.build(place, record, *values)


def say(sentence: str) -> None:
    """A sentence in place of a panel."""
    gr.HTML(Markup("<p>{}</p>").format(sentence), elem_classes="explained")
