"""Models for a task by a part of their name: on the Hub, or offline those on this disk."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace

from pipelines.choice import choose
from pipelines.engines import engine_for, hub_tags
from pipelines.errors import PlaygroundError
from pipelines.playground import Playground
from pipelines.store.search import LIMIT, Found
from pipelines.task import Task


def find(playground: Playground, task: Task, words: str) -> list[Found]:
    """At most LIMIT models. The Hub lists its own by task; those on this disk are looked into."""
    found = playground.store.search(words, task.id, *task.tags, formats=hub_tags(task.capabilities))
    found = [one for one in found if not one.here or _serves(playground, one.name, task)][:LIMIT]
    with ThreadPoolExecutor(LIMIT) as pool:
        # Each with a context of its own, which tells whose search it is.
        sized = [pool.submit(copy_context().run, _sized, playground, one, task) for one in found]
    return [one.result() for one in sized]


def _sized(playground: Playground, one: Found, task: Task) -> Found:
    """With its size: the Hub's list has none of GGUF, CTranslate2 and Piper files."""
    if one.size_bytes:
        return one
    store = playground.store
    try:
        entry = choose(task, one.name, playground.catalogue, store, playground.settings)
        return replace(one, size_bytes=store.plan(entry).size_bytes)
    except PlaygroundError:
        return one


def _serves(playground: Playground, name: str, task: Task) -> bool:
    """Whether the files of a model that is here were made for this task."""
    store = playground.store
    try:
        entry = choose(task, name, playground.catalogue, store, playground.settings)
        if folder := store.local(entry):
            engine_for(folder).variant(folder, task.capabilities)
        return folder is not None
    except (PlaygroundError, OSError, ValueError):
        return False
