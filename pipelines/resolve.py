"""Resolves what a user asked for ("auto", a catalogue name, a Hub id) to a catalogue entry.

Names with a prefix of their own, as those of the models trained in a lab, are resolved by whoever
registered that prefix (Playground.resolvers).
"""

import re
from collections.abc import Callable, Mapping

from pipelines.catalogue import Catalogue, Entry
from pipelines.errors import ModelError
from pipelines.settings import Settings
from pipelines.store import Store
from pipelines.task import Task

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


Resolver = Callable[[str], Entry]  # raises ModelError when there is no such model


def resolve(
    task: Task,
    name: str,
    catalogue: Catalogue,
    store: Store,
    settings: Settings,
    resolvers: Mapping[str, Resolver] | None = None,
) -> Entry:
    """The entry for what a user asked for; "auto" never waits for a large download.

    Raises:
        ModelError: no such model, another task's, or not allowed in public mode.
    """
    if not isinstance(name, str) or not name.strip() or name == "auto":
        return _auto(task, catalogue, store)
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
            f"{name!r} is neither in the catalogue nor a Hub id.",
            "Pick one from the list, or write owner/name as on the Hub.",
        )
    if settings.public:
        raise ModelError(
            f"{name} cannot be chosen here.", "In public mode only catalogue models can."
        )
    return Entry(
        name=name,
        title=name,
        tasks=(task.id,),
        engine="auto",
        licence="see its card",
        size_bytes=0,
        memory_bytes=0,
        languages=(),
        good_at="",
        bad_at="",
        hub=name,
    )


def _auto(task: Task, catalogue: Catalogue, store: Store) -> Entry:
    recommended = catalogue.recommended(task.id)
    if recommended and store.local(recommended):
        return recommended
    if starter := catalogue.starter(task.id):
        return starter
    advice = f"Pick {recommended.name} ({recommended.hub})." if recommended else "Pick a Hub model."
    raise ModelError(f"No starter model for {task.id} is bundled yet.", advice)
