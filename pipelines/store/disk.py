"""What lies in the Hub's cache on this disk, and how it goes away. Asks no network."""

from dataclasses import dataclass
from typing import Any

from pipelines.store.plan import whole


@dataclass(frozen=True)
class OnDisk:
    """A model of the Hub's cache. `last_used` is in seconds since 1970."""

    name: str
    size_bytes: int
    last_used: float
    whole: bool


def hub_models() -> list[OnDisk]:
    """The models of the Hub's cache, whoever brought them."""
    cache = _scan()
    return [
        OnDisk(
            repo.repo_id,
            # What came of files that are still to be gone on with lies on the disk too.
            repo.size_on_disk + sum(p.stat().st_size for p in repo.repo_path.glob("blobs/*.part")),
            repo.last_accessed,
            any(whole(revision.snapshot_path) for revision in repo.revisions),
        )
        for repo in (cache.repos if cache else ())
        if repo.repo_type == "model"
    ]


def delete(name: str) -> None:
    """Remove all revisions of a model from the Hub's cache."""
    if cache := _scan():
        mine = [repo for repo in cache.repos if repo.repo_id == name]
        cache.delete_revisions(*(r.commit_hash for repo in mine for r in repo.revisions)).execute()


def _scan() -> Any:
    """The Hub's own account of its cache; None before there is one."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        return scan_cache_dir(constants.HF_HUB_CACHE)
    except CacheNotFound:
        return None
