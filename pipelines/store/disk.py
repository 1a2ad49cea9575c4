"""The models in the Hub's caches on this disk, and their deletion. Asks no network."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipelines.store import visitor
from pipelines.store.locks import hub_lock, not_downloading
from pipelines.store.plan import whole


@dataclass(frozen=True)
class OnDisk:
    """A model from the Hub. `last_used` is in seconds since 1970.

    `own`: it lies in the visitor's own cache, for only the visitor has access to it.
    """

    name: str
    size_bytes: int
    last_used: float
    whole: bool
    own: bool


def hub_models() -> list[OnDisk]:
    """The models in the shared cache, by whatever program, and in the visitor's own."""
    return [
        OnDisk(
            repo.repo_id,
            # Partial downloads take disk space too.
            repo.size_on_disk + sum(p.stat().st_size for p in repo.repo_path.glob("blobs/*.part")),
            repo.last_accessed,
            any(whole(revision.snapshot_path) for revision in repo.revisions),
            bool(visitor.owner(repo.repo_path)),
        )
        for cache in _scan()
        for repo in cache.repos
        if repo.repo_type == "model"
    ]


def delete(name: str) -> None:
    """Remove all revisions of a model from the shared cache and the visitor's own.

    Raises:
        ModelError: it is being downloaded.
    """
    for cache in _scan():
        mine = [repo for repo in cache.repos if repo.repo_id == name]
        commits = [revision.commit_hash for repo in mine for revision in repo.revisions]
        if commits:
            with not_downloading(hub_lock(mine[0].repo_path), name):
                cache.delete_revisions(*commits).execute()


def _scan() -> Iterator[Any]:
    """The Hub client's description of each cache that exists."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    for folder in visitor.caches():
        with suppress(CacheNotFound):
            yield scan_cache_dir(folder)
