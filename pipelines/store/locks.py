"""Locks between processes that write to one cache folder; `pipelines.file_lock` waits for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import ModelError
from pipelines.file_lock import GROUP_WRITABLE, held
from pipelines.progress import Progress


def hub_lock(storage: Path) -> Path:
    """The lock file of a repository in the Hub's cache, in the folder of its client's locks."""
    return storage.parent / ".locks" / storage.name / "playground.lock"


@contextmanager
def locked(path: Path, title: str, fetched: Callable[[], int], total: int) -> Iterator[None]:
    """Hold the lock inside the block, telling how far its present holder is while waiting for it.

    `fetched` counts the bytes that the other process has on disk, of `total`.

    Raises:
        Cancelled: the run was stopped while waiting.
        OSError: the folder cannot be written.
    """
    text = f"Another process is downloading {title}"
    with held(path, lambda: Progress("downloading", text, min(fetched(), total), total)):
        yield


@contextmanager
def not_downloading(path: Path, title: str) -> Iterator[None]:
    """Hold the lock inside the block, to delete what it guards.

    Raises:
        ModelError: a download holds it.
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        acquired = FileLock(path, mode=GROUP_WRITABLE).acquire(timeout=0)
    except Timeout as error:
        raise ModelError(
            f"{title} is being downloaded.", "Stop the download, or wait until it has ended."
        ) from error
    with acquired:
        yield
