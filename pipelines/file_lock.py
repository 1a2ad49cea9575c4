"""Waiting for a lock that another process holds.

They are flock(2) locks, which the kernel releases when their process ends, however it ends: a
killed process leaves a lock file behind but no lock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.progress import Progress
from pipelines.run import stop_if_cancelled, tell

POLL_SECONDS = 0.1
GROUP_WRITABLE = 0o664  # users who share a cache folder share its locks, as in huggingface_hub


@contextmanager
def held(path: Path, waiting: Callable[[], Progress]) -> Iterator[None]:
    """Hold the lock inside the block; until it is free, tell what `waiting` says.

    Raises:
        Cancelled: the run was stopped while waiting.
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, mode=GROUP_WRITABLE)
    while True:
        stop_if_cancelled()
        try:
            acquired = lock.acquire(timeout=POLL_SECONDS)
            break
        except Timeout:
            tell(waiting())
    with acquired:
        stop_if_cancelled()  # the run may have been stopped during the last poll
        yield
