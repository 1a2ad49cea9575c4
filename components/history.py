"""The history of each tab: its last runs, kept in the visitor's browser and nowhere else.

A run that has ended tells the browser what it was (`entry`); the script puts that with the others,
in gradio's BrowserState, which writes it to the browser's own storage. The server reads one of them
again only when the visitor clicks it.
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from components.event_options import QUIET
from components.javascript import call
from components.record import Record
from components.results import View
from components.results.view import Inputs
from components.server.gate import admit_json
from pipelines.errors import InputError
from pipelines.parse_json import parse_json
from pipelines.task import Task

LONGEST_CHAT = 100_000  # characters of a conversation that survives a reload
LONGEST = 20_000  # characters of a run; of a longer one the result is left out, then the input


class History:
    """What the page has of it. The fixed secret is no protection: it only lets gradio read the
    storage after the server has been started again."""

    def __init__(self) -> None:
        self.kept = gr.BrowserState({}, storage_key="history", secret="pipeline-playground")
        self.entry = gr.Textbox(visible="hidden", label="A run that has ended")
        self.entry.change(None, [self.kept, self.entry], self.kept, js=call("rememberRun"), **QUIET)
        self.kept.change(None, self.kept, None, js=call("historyChanged"), **QUIET)


@dataclass(frozen=True)
class Remembered:
    """A run out of the history: its result is None where it was too long to be kept, or its file
    is gone. Files in `inputs` are uploaded ones; what was typed is admitted widget by widget."""

    typed: Mapping[str, Any]
    inputs: Mapping[str, Any]
    options: Mapping[str, Any]
    model: str
    title: str
    seconds: float
    value: Any


def entry(task: Task, view: View, record: Record, turns: Any = None) -> str:
    """What the browser is told of a run, as JSON; `turns` are the conversation that it is part of,
    as shown."""
    facts = record.facts
    said = {
        "task": task.id,
        "typed": dict(record.typed),
        "inputs": dict(record.inputs),
        "options": dict(record.options),
        "model": record.model,
        "title": facts.title if facts else record.model,
        "seconds": facts.run_seconds if facts else 0.0,
        "value": view.shown_again(record.value),
    }
    written = json.dumps(said, ensure_ascii=False)
    if len(written) > LONGEST:
        written = json.dumps({**said, "inputs": {}, "value": None}, ensure_ascii=False)
    if len(written) > LONGEST:
        written = json.dumps({"task": task.id})
    if isinstance(turns, list):
        chat = json.dumps(turns, ensure_ascii=False)
        if len(chat) <= LONGEST_CHAT:
            written = f'{written[:-1]}, "chat": {chat}}}'
    return written


def asked(task: Task, view: View, shown: Inputs) -> Any:
    """What the browser is told of a chat's question when its answer begins, so that a page that is
    left before it ends does not lose the question."""
    turns, *_ = view.show({"generated_text": ""}, shown, False)
    told = {"task": task.id, "chat": turns, "at": time.time()}  # asked again, it is told again
    written = json.dumps(told, ensure_ascii=False) if isinstance(turns, list) else ""
    return written if 0 < len(written) <= LONGEST_CHAT else gr.skip()


def remembered(text: str) -> Remembered:
    """What the browser sends of a run that was clicked.

    Raises:
        InputError: it is none.
    """
    try:
        said = parse_json(text)
        run = Remembered(
            typed=_mapping(said["typed"]),
            inputs=_mapping(said["inputs"]),
            options=_mapping(said["options"]),
            model=str(said["model"]),
            title=str(said["title"]),
            seconds=float(said["seconds"]),
            value=said["value"],
        )
        with suppress(InputError):  # of a file that is gone, or never was a visitor's
            return replace(run, inputs=admit_json(run.inputs), value=admit_json(run.value))
        return replace(run, inputs={}, value=None)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError("This run cannot be read any more.", "Clear the history.") from error


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value
