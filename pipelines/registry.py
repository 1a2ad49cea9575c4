"""Finds the tasks: every file in a modality's folder that declares a TASK.

One more task is one more file; nothing is listed twice.
"""

from functools import cache
from importlib import import_module
from pathlib import Path

from pipelines.errors import InputError, quoted
from pipelines.task import Task

MODALITIES = ("text", "vision", "audio", "multimodal")


@cache
def aliases() -> dict[str, str]:
    """The tasks' other names in transformers, with the id that each stands for."""
    return {alias: task.id for task in tasks().values() for alias in task.aliases}


@cache
def tasks() -> dict[str, Task]:
    """All tasks by id, grouped by modality, in the course's order."""
    found = []
    for modality in MODALITIES:
        folder = Path(__file__).parent / modality
        names = [file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")]
        modules = [import_module(f"pipelines.{modality}.{name}") for name in sorted(names)]
        here = [module.TASK for module in modules if hasattr(module, "TASK")]
        found += sorted(here, key=lambda task: task.order)
    return {task.id: task for task in found}


def task(name: str) -> Task:
    """The task of that id or alias; underscores are as good as hyphens.

    Raises:
        InputError: there is none.
    """
    known = tasks()
    identity = str(name).replace("_", "-")
    if (identity := aliases().get(identity, identity)) not in known:
        raise InputError(
            f"There is no task named {quoted(name)}.", f"Choose from {', '.join(known)}."
        )
    return known[identity]
