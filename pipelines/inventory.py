"""Lists the models on this disk and in memory that a visitor may see; unloads and deletes them.

Joins the store, the Hub's cache and the model cache for the page "Models". Files in these folders
that belong to no model are left alone. It tells programs of the catalogue's models, too.
"""

import time
from collections import defaultdict
from dataclasses import dataclass, replace

from typing_extensions import TypedDict

from pipelines.cache import Loaded
from pipelines.catalogue import Entry
from pipelines.errors import DownloadError, ModelError
from pipelines.playground import Playground
from pipelines.store import disk, visitor


@dataclass(frozen=True)
class Held:
    """A model on disk or in memory. Sizes in bytes; `last_used` in seconds since 1970.

    `place` is where its files are: bundled, cache, hub, own (the visitor's own cache, for gated and
    private models), or "" when it is only in memory.
    """

    name: str
    title: str
    place: str
    disk_bytes: int
    memory_bytes: int = 0
    last_used: float = 0.0
    in_use: bool = False
    whole: bool = True

    @property
    def deletable(self) -> bool:
        """Whether its files can be deleted; bundled ones cannot."""
        return self.place in {"cache", "hub", "own"}


class Listed(TypedDict):
    """A model of the catalogue as programs are told of it."""

    name: str
    tasks: list[str]
    engine: str
    licence: str
    size_bytes: int
    languages: list[str]
    state: str


def listed(entry: Entry, playground: Playground) -> Listed:
    """The entry, with where its files are."""
    return {
        "name": entry.name,
        "tasks": list(entry.tasks),
        "engine": entry.engine,
        "licence": entry.licence,
        "size_bytes": entry.size_bytes,
        "languages": list(entry.languages),
        "state": state(entry, playground),
    }


def state(entry: Entry, playground: Playground) -> str:
    """One of bundled, cached, downloadable, unreachable, loaded."""
    if any(one.key.name == entry.name for one in playground.cache.loaded()):
        return "loaded"
    return playground.state(entry)


def inventory(playground: Playground) -> list[Held]:
    """All models on disk or in memory: those in memory first, then the most recently used.

    In public mode the catalogue's and the visitor's own: the name of a training is what lets its
    owner use it, and which other models the server's owner has is nobody's business.
    """
    files = {one.name: one for one in [*_of_the_catalogue(playground), *_of_the_hub(playground)]}
    loaded: defaultdict[str, list[Loaded]] = defaultdict(list)
    for one in _loaded(playground):
        loaded[one.key.name].append(one)
    for name, forms in loaded.items():
        known = files.get(name) or Held(name, forms[0].title, "", 0)
        files[name] = replace(
            known,
            memory_bytes=sum(form.memory_bytes for form in forms),
            last_used=time.time() - time.monotonic() + max(form.last_used for form in forms),
            in_use=any(form.in_use for form in forms),
        )
    if playground.settings.public:
        known_to_all = playground.catalogue.entries
        files = {n: one for n, one in files.items() if n in known_to_all or one.place == "own"}
    return sorted(files.values(), key=lambda held: (not held.memory_bytes, -held.last_used))


def unload(playground: Playground, name: str) -> None:
    """Unload a model from memory.

    Raises:
        ModelError: it is answering somebody, or the page is public.
    """
    _check_private(playground)
    keys = [one.key for one in _loaded(playground) if one.key.name == name]
    gone = [playground.cache.unload(key) for key in keys]
    if not all(gone):
        raise ModelError(f"{name} is answering somebody.", "Try again when it has ended.")


def delete(playground: Playground, name: str) -> None:
    """Unload a model from memory and delete its files.

    Raises:
        ModelError: it is in use or being downloaded, has no files, or the page is public.
        DownloadError: the folder cannot be written.
    """
    _check_private(playground)
    held = next((one for one in inventory(playground) if one.name == name), None)
    if held is None or not held.deletable:
        raise ModelError(f"There are no files of {name} to delete.", "Refresh the list.")
    unload(playground, name)
    if held.place == "cache":
        playground.store.delete(playground.catalogue[name])
    else:
        entry = playground.catalogue.find(name)
        try:
            disk.delete(entry.hub if entry and entry.hub else name)
        except OSError as error:
            raise DownloadError(
                f"The files of {name} cannot be deleted ({error.strerror}).",
                "Give the server's user write access to HF_HOME.",
            ) from error


def _check_private(playground: Playground) -> None:
    """What all visitors of a public page share is not for one of them to remove."""
    if playground.settings.public:
        raise ModelError(
            "In public mode models are neither unloaded nor deleted.",
            "Start the playground with --no-public to do it.",
        )


def _loaded(playground: Playground) -> list[Loaded]:
    """The models in memory, without other visitors' own."""
    return [one for one in playground.cache.loaded() if visitor.may_know(one.key)]


def _of_the_catalogue(playground: Playground) -> list[Held]:
    found, store = [], playground.store
    for entry in playground.catalogue.entries.values():
        if not entry.files and not entry.bundled:
            continue
        here = store.local(entry)
        folders = [here] if here else store.unfinished(entry)
        files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
        if files:
            size = sum(file.stat().st_size for file in files)
            used = max(file.stat().st_mtime for file in files) if entry.files else 0.0
            place = "bundled" if entry.bundled else "cache"
            held = Held(entry.name, entry.title, place, size, last_used=used, whole=bool(here))
            found.append(held)
    return found


def _of_the_hub(playground: Playground) -> list[Held]:
    found = []
    for one in disk.hub_models():
        entry = playground.catalogue.find(one.name)
        name, title = (entry.name, entry.title) if entry else (one.name, one.name)
        place = "own" if one.own else "hub"
        held = Held(name, title, place, one.size_bytes, last_used=one.last_used, whole=one.whole)
        found.append(held)
    return found
