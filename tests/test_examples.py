"""The examples to click: enough of them, input that the task reads, and each with its source."""

from importlib import import_module
from typing import Any

import pytest

from components.examples import FOLDER
from components.tab import Tab
from pipelines.registry import tasks
from pipelines.settings import Settings
from pipelines.task import Task

SOURCES = (FOLDER / "SOURCES.md").read_text("utf-8")


def of(task: Task) -> list[list[Any]]:
    tab: Tab = import_module(f"components.{task.modality}.{task.name}").TAB
    return tab.examples


@pytest.mark.parametrize("task", tasks().values(), ids=lambda task: task.id)
def test_a_task_has_three_examples_that_it_reads(task: Task) -> None:
    assert len(of(task)) >= 3
    for example in of(task):
        names = [one.name for one in task.inputs]
        assert task.read(dict(zip(names, example, strict=False)), {}, Settings())


def test_each_file_has_its_source() -> None:
    files = [file for file in FOLDER.rglob("*") if file.is_file() and file.name != "SOURCES.md"]
    assert files
    for file in files:
        known = file.name if file.parent == FOLDER else f"{file.parent.name}/"
        assert f"| {known}" in SOURCES or f", {known}" in SOURCES, f"{file.name} has no source"


def test_the_drawings_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (FOLDER.parent / "scenes" / "OFL.txt").read_text("utf-8")
