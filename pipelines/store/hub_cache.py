"""Reads the layout of the Hub's cache: snapshots of links to blobs that are named by their digest.

Asks no network. Finds complete models, tells the digests of their files, deletes damaged ones.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

from pipelines.catalogue import Entry
from pipelines.engines import engine_for
from pipelines.parse_json import parse_json
from pipelines.store import visitor
from pipelines.store.locks import hub_lock, locked
from pipelines.store.plan import needed, whole
from pipelines.store.verify import Digests, Verifier

COMMIT = re.compile(r"[0-9a-f]{40}")
DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # what the Hub's cache names its blobs by
CONVERTED = "converted"  # the ref that finds a converted model's commit again offline


def cached(entry: Entry) -> Path | None:
    """The snapshot folder of a Hub model that is complete in the Hub's cache; asks no network."""
    if not entry.hub:
        return None
    revisions = [entry.revision] if entry.revision else ["main", CONVERTED]
    for cache in visitor.caches():
        storage = storage_of(entry.hub, cache)
        if not storage.is_dir():
            continue
        for revision in revisions:
            with suppress(OSError):
                known = COMMIT.fullmatch(revision)
                commit = revision if known else (storage / "refs" / revision).read_text()
                folder = storage / "snapshots" / commit.strip()
                if whole(folder) and all(cached(one) for one in companions(folder)):
                    return folder
    return None


def digests(folder: Path) -> dict[Path, str]:
    """The digests of a snapshot's files that an engine reads, and of its companions'.

    A snapshot is links to blobs, and a blob's name is its digest: a sha256 for large files, git's
    sha1 for small ones. Where the disk has no links, the client copies the files and no name tells.
    """
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    found = {}
    for path in (folder / name for name in needed(names)):
        blob = os.path.basename(os.readlink(path)) if path.is_symlink() else ""
        if DIGEST.fullmatch(blob):
            found[path] = blob
    for companion in companions(folder):
        if own := cached(companion):
            found |= digests(own)
    return found


def throw_away_damaged(files: Digests, verifier: Verifier) -> None:
    """Delete those files of snapshots that are damaged: the blob and all links to it.

    Raises:
        Cancelled.
        OSError: the cache cannot be written.
    """
    for path, digest in files.items():
        storage = next(one.parent for one in path.parents if one.name == "snapshots")
        name = storage.name.removeprefix("models--").replace("--", "/")
        with locked(hub_lock(storage), name, lambda: 0, 0):
            # Looked at again under the lock: another process may have replaced it meanwhile.
            if verifier.damaged({path: digest}, name):
                _throw_away(path, storage)


def _throw_away(path: Path, storage: Path) -> None:
    if path.is_symlink():
        (path.parent / os.readlink(path)).unlink(missing_ok=True)
    for link in (storage / "snapshots").rglob("*"):
        if link.is_symlink() and not link.exists():
            link.unlink(missing_ok=True)


def companions(folder: Path) -> list[Entry]:
    """The other models that this one cannot work without."""
    try:
        config = parse_json((folder / "config.json").read_text("utf-8"))
        return [companion(*pinned) for pinned in engine_for(folder).companions(config)]
    except (OSError, ValueError, AttributeError, TypeError):
        return []


def companion(repo: str, revision: str) -> Entry:
    """A model that another one cannot work without, as an entry of its own."""
    return Entry(repo, repo, (), "transformers", hub=repo, revision=revision)


def storage_of(repo: str, cache: Path) -> Path:
    """The repository's folder in a cache of the Hub; the layout is documented and stable."""
    return cache / f"models--{repo.replace('/', '--')}"
