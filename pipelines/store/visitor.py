"""Who asks the Hub: the server with its own HF_TOKEN, or a visitor who signed in on a Space.

What only a visitor may see is kept in a folder of that visitor's, so that nobody else gets it.
The visitor travels in a context variable: a run's thread and its download's have it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_token: ContextVar[str] = ContextVar("visitor", default="")


@contextmanager
def visited(token: str | None) -> Iterator[None]:
    """Ask the Hub with a visitor's token inside the block."""
    was = _token.set(token or "")
    try:
        yield
    finally:
        _token.reset(was)


def token() -> str | None:
    """The visitor's token; None is the server's own."""
    return _token.get() or None


def name() -> str:
    """A name for the visitor that tells nothing; "" for the server."""
    return hashlib.sha256(_token.get().encode()).hexdigest()[:16] if _token.get() else ""


def caches() -> list[Path]:
    """Where the Hub's files may lie: the cache of all, then that of the visitor."""
    from huggingface_hub import constants

    common = Path(constants.HF_HUB_CACHE)
    own = [common.with_name("visitors") / name()] if name() else []
    return [common, *own]


def owner(folder: Path) -> str:
    """Whose a model's folder is, as a part of a key; "" where it is for all."""
    mine = caches()[1:]
    return f"visitor:{name()}" if mine and folder.is_relative_to(mine[0]) else ""


def may_know(key: str) -> bool:
    """Whether the visitor may know of a loaded model: of another's by no means."""
    whose = key.split(" ")[-1]
    return not whose.startswith("visitor:") or whose == f"visitor:{name()}"
