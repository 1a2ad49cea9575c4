"""What lies in the Hub's caches on this disk, and how it goes away. Asks no network."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipelines.store import visitor
from pipelines.store.plan import whole


@dataclass(frozen=True)
class OnDisk:
    """A model of the Hub's. `last_used` is in seconds since 1970.

    `own` is what only the visitor may have, in a cache of the visitor's.
    """

    name: str
    size_bytes: int
    last_used: float
    whole: bool
    own: bool


def hub_models() -> list[OnDisk]:
    """The models of the cache of all, whoever brought them, and of the visitor's own."""
    return [
        OnDisk(
            repo.repo_id,
            # What came of files that are still to be gone on with lies on the disk too.
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
    """Remove all revisions of a model from the cache of all and the visitor's own."""
    for cache in _scan():
        mine = [repo for repo in cache.repos if repo.repo_id == name]
        cache.delete_revisions(*(r.commit_hash for repo in mine for r in repo.revisions)).execute()


def _scan() -> Iterator[Any]:
    """The Hub's own account of each cache that there is already."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    for folder in visitor.caches():
        with suppress(CacheNotFound):
            yield scan_cache_dir(folder)
