"""Example files, by name; their sources are listed in assets/examples/SOURCES.md."""

from collections.abc import Sequence
from typing import Any

from pipelines.folders import ASSETS
from pipelines.inputs import Labels
from pipelines.task import Task

FOLDER = ASSETS / "examples"


def file(name: str) -> str:
    """The path of an example."""
    return str(FOLDER / name)


def as_lines(task: Task, examples: Sequence[Any]) -> list[str] | None:
    """Examples with labels as lines of text: gradio's table leaves chips out."""
    if not any(isinstance(one.spec, Labels) for one in task.inputs):
        return None
    return [f"{text} ({', '.join(labels)})" for text, labels in examples]
