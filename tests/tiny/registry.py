"""The registry of the tiny models: by name, with the tasks each serves. Knows no family."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Make = Callable[[Path], None]


@dataclass(frozen=True)
class Tiny:
    """A builder that writes one model's folder; calling it builds."""

    name: str
    tasks: tuple[str, ...]
    make: Make

    def __call__(self, folder: Path) -> None:
        import torch

        state = torch.random.get_rng_state()
        torch.manual_seed(20260101)
        try:
            self.make(folder)
        finally:
            torch.random.set_rng_state(state)


TINY: dict[str, Tiny] = {}


def tiny(name: str, *tasks: str) -> Callable[[Make], Make]:
    """Register a builder under a family's name for these tasks."""

    def register(make: Make) -> Make:
        TINY[name] = Tiny(name, tasks, make)
        return make

    return register


def build(name: str, folder: Path) -> Path:
    """Write the named tiny model into a folder and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    TINY[name](folder)
    return folder


def families(task: str) -> list[str]:
    """Names of the tiny models that serve a task."""
    return [name for name, entry in TINY.items() if task in entry.tasks]


def save(folder: Path, *parts: Any) -> None:
    """Write model, tokenizer, processor into one folder, as a repository on the Hub has them."""
    for part in parts:
        part.save_pretrained(folder)
