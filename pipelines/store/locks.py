"""Locks between processes that write to one cache folder.

They are flock(2) locks, which the kernel releases when their process ends, however it ends: a
killed process leaves a lock file behind but no lock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import ModelError
from pipelines.progress import Progress
from pipelines.run import stop_if_cancelled, tell

POLL_SECONDS = 0.1
GROUP_WRITABLE = 0o664  # users who share a cache folder share its locks, as in huggingface_hub


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
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, mode=GROUP_WRITABLE)
    text = f"Another process is downloading {title}"
    while True:
        stop_if_cancelled()
        try:
            lock.acquire(timeout=POLL_SECONDS)
            break
        except Timeout:
            tell(Progress("downloading", text, min(fetched(), total), total))
    try:
        stop_if_cancelled()  # the run may have been stopped during the last poll
        yield
    finally:
        lock.release()


@contextmanager
def not_downloading(path: Path, title: str) -> Iterator[None]:
    """Hold the lock inside the block, to delete what it guards.

    Raises:
        ModelError: a download holds it.
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, mode=GROUP_WRITABLE)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ModelError(
            f"{title} is being downloaded.", "Stop the download, or wait until it has ended."
        ) from error
    try:
        yield
    finally:
        lock.release()
