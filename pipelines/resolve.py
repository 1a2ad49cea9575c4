"""Resolves what a user asked for ("auto", a catalogue name, a Hub id) to a catalogue entry.

Names with a prefix of their own, as those of the models trained in a lab, are resolved by whoever
registered that prefix (Playground.resolvers).
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pipelines.catalogue import Catalogue, Entry
from pipelines.errors import ModelError, quoted
from pipelines.inputs import Language
from pipelines.languages import closest
from pipelines.settings import Settings
from pipelines.store import Store
from pipelines.task import Task

SMALL_DOWNLOAD = 100_000_000  # bytes that "auto" downloads for a better model than the starter
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


Resolver = Callable[[str], Entry]  # raises ModelError when there is no such model


def resolve(
    task: Task,
    name: str,
    catalogue: Catalogue,
    store: Store,
    settings: Settings,
    resolvers: Mapping[str, Resolver] | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Entry:
    """The entry for what a user asked for; "auto" never waits for a large download.

    `options` as the task read them: "auto" picks by the languages among them.

    Raises:
        ModelError: no such model, another task's, or not allowed in public mode.
    """
    if not isinstance(name, str) or not name.strip() or name == "auto":
        return _auto(task, catalogue, store, settings, options)
    name = name.strip()
    registered = (r for prefix, r in (resolvers or {}).items() if name.startswith(prefix))
    find = next(registered, catalogue.find)
    if entry := find(name):
        if task.id not in entry.tasks:
            raise ModelError(
                f"{entry.title} is for {', '.join(entry.tasks)}, not for {task.id}.",
                f"Pick one of {', '.join(e.name for e in catalogue.for_task(task.id))}.",
            )
        return entry
    if not HUB_ID.fullmatch(name) or ".." in name:
        raise ModelError(
            f"{quoted(name)} is neither in the catalogue nor a Hub id.",
            "Pick one from the list, or write owner/name as on the Hub.",
        )
    if settings.public:
        raise ModelError(
            f"{name} cannot be chosen here.", "In public mode only catalogue models can."
        )
    return Entry(name, name, (task.id,), "auto", "see its card", hub=name)


def _auto(
    task: Task, catalogue: Catalogue, store: Store, settings: Settings, options: Mapping[str, Any]
) -> Entry:
    """Of the recommended model and the starters one that knows the languages asked for.

    What is on this disk comes first, then what is a small download.
    """
    starters = catalogue.starters(task.id)
    starter = next((s for s in starters if knows_languages(s, task, store, options)), None)
    starter = starter or next(iter(starters), None)  # the engine says which languages it knows
    recommended = catalogue.recommended(task.id)
    if not starter:
        advice = (
            f"Pick {recommended.name} ({recommended.hub})." if recommended else "Pick a Hub model."
        )
        raise ModelError(f"No starter model for {task.id} is bundled yet.", advice)
    if not recommended or not knows_languages(recommended, task, store, options):
        return starter
    if recommended.memory_bytes > settings.memory_bytes:
        return starter
    if _is_here(recommended, catalogue, store):
        return recommended
    if _is_here(starter, catalogue, store):
        return starter
    most = max(SMALL_DOWNLOAD, _download_bytes(starter, catalogue, store))
    if recommended.size_bytes <= most and (size := store.hub_bytes(recommended)) is not None:
        return recommended if size <= most else starter
    return starter


def knows_languages(entry: Entry, task: Task, store: Store, options: Mapping[str, Any]) -> bool:
    """Whether a model knows the languages among a task's options, by its files or the catalogue."""
    for option in task.options:
        if not isinstance(option.spec, Language):
            continue
        folder = store.local(entry)
        known = list(option.spec.of_model(folder)) if folder else []
        known = known or list(entry.languages)
        asked = str(options.get(option.name, option.default))
        if known and "multilingual" not in known and not closest(asked, known):
            return False
    return True


def _is_here(entry: Entry, catalogue: Catalogue, store: Store) -> bool:
    """Whether an entry and what it is an adapter for are on this disk."""
    return all(store.local(one) for one in _parts(entry, catalogue))


def _download_bytes(entry: Entry, catalogue: Catalogue, store: Store) -> int:
    return sum(one.size_bytes for one in _parts(entry, catalogue) if not store.local(one))


def _parts(entry: Entry, catalogue: Catalogue) -> list[Entry]:
    base = [catalogue[entry.base]] if entry.base else []
    return [*catalogue.with_parts(entry), *base]
