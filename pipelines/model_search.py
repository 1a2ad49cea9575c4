"""Models for a task by a part of their name: on the Hub, or offline those on this disk.

The Hub's list has no sizes of GGUF, CTranslate2 and Piper files, and each size is a request. Only
as many are asked for as the page's list shows without scrolling; the others are told when chosen.
"""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace

from pipelines.choice import choose
from pipelines.engines import engine_for, hub_tags
from pipelines.errors import PlaygroundError
from pipelines.playground import Playground
from pipelines.store.search import LIMIT, Found, Results
from pipelines.task import Task

SIZED = 6


def find(playground: Playground, task: Task, words: str) -> Results:
    """At most LIMIT models. The Hub filters by task; models on this disk are checked here."""
    formats = hub_tags(task.capabilities)
    results = playground.store.search(words, task.id, *task.tags, formats=formats)
    serving = [m for m in results.models if not m.here or _serves(playground, m.name, task)]
    found = serving[:LIMIT]
    shown, rest = found[:SIZED], found[SIZED:]
    with ThreadPoolExecutor(SIZED) as pool:
        # Each in a context of its own: the visitor travels in a context variable.
        sized = [pool.submit(copy_context().run, _sized, playground, m, task) for m in shown]
    return replace(results, models=[one.result() for one in sized] + rest)


def _sized(playground: Playground, one: Found, task: Task) -> Found:
    """The same with its size, if the Hub tells it."""
    if one.size_bytes:
        return one
    store = playground.store
    try:
        entry = choose(task, one.name, playground.catalogue, store, playground.settings)
        return replace(one, size_bytes=store.plan(entry).size_bytes)
    except PlaygroundError:
        return one


def _serves(playground: Playground, name: str, task: Task) -> bool:
    """Whether a model on this disk can do this task, by its files."""
    store = playground.store
    try:
        entry = choose(task, name, playground.catalogue, store, playground.settings)
        if folder := store.local(entry):
            engine_for(folder).variant(folder, task.capabilities)
        return folder is not None
    except (PlaygroundError, OSError, ValueError):
        return False
