"""Which files a run may open: any for a script, uploaded ones for whoever comes over the network.

The folders travel in a context variable; a Playground that serves a page sets them for each run.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from pipelines.errors import InputError

_folders: ContextVar[Sequence[Path] | None] = ContextVar("folders", default=None)


@contextmanager
def confined_to(folders: Sequence[Path] | None) -> Iterator[None]:
    """Open only files in these folders inside the block; None allows all."""
    token = _folders.set(folders)
    try:
        yield
    finally:
        _folders.reset(token)


def allowed(path: str | Path) -> Path:
    """The path, if this run may open it.

    Raises:
        InputError: it may not, whether there is such a file or not.
    """
    folders = _folders.get()
    if folders is not None and not within(path, folders):
        raise not_uploaded()
    return Path(path)


def not_uploaded() -> InputError:
    """What is said of every path that a visitor may not use."""
    return InputError("This file was not uploaded here.", "Upload it first, as handle_file does.")


def within(path: str | Path, folders: Sequence[Path]) -> bool:
    """Whether the path is an absolute one that leads, links followed, to a file in a folder."""
    try:
        given = Path(path)
        real = given.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # not there, a NUL byte, a loop of links
        return False
    inside = any(real.is_relative_to(folder.resolve()) for folder in folders)
    return given.is_absolute() and inside and real.is_file()
