"""Which files a run may open: any in a script, only uploaded ones for clients of the server.

The allowed folders are a context variable; a Playground that serves a page sets it for each run.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import unquote

from pipelines.errors import InputError

FILE_ROUTE = "/gradio_api/file="  # where gradio serves a file, before its path
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


def uploaded_at(address: str) -> Path | None:
    """The file of this run's folders that has this address on the server, if there is one.

    gradio's tool that uploads for MCP clients answers with such an address, which the server would
    refuse to fetch from itself. The name of an upload's folder is the hash of its bytes, so another
    server's file has no path of ours.
    """
    _, mark, quoted = address.partition(FILE_ROUTE)
    path = unquote(quoted.partition("?")[0])
    return Path(path) if mark and within(path, _folders.get() or ()) else None


def not_uploaded() -> InputError:
    """The error for every path that a visitor may not use."""
    return InputError("This file was not uploaded here.", "Upload it first, as handle_file does.")


def within(path: str | Path, folders: Sequence[Path]) -> bool:
    """Whether this is an absolute path of a file in one of the folders, symbolic links resolved."""
    try:
        given = Path(path)
        real = given.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # missing, a NUL byte, a loop of links
        return False
    inside = any(real.is_relative_to(folder.resolve()) for folder in folders)
    return given.is_absolute() and inside and real.is_file()
