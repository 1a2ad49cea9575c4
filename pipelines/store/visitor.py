"""Whose token the Hub is asked with: the server's own HF_TOKEN, or that of a signed-in visitor.

Files that only a visitor has access to are kept in that visitor's own cache, out of others' reach.
The token is the current run's; the download that a run waits for has its token, too.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.model_key import ModelKey
from pipelines.run import Run, current


@contextmanager
def visited(token: str | None) -> Iterator[None]:
    """Use a visitor's token for requests to the Hub inside the block."""
    run = current()
    with Run(run.report, visitor=token or "", parent=run).active():
        yield


def token() -> str | None:
    """The visitor's token; None for the server's own."""
    return current().visitor or None


def name() -> str:
    """A pseudonym of the visitor, from a hash of the token; "" for the server."""
    return hashlib.sha256(own.encode()).hexdigest()[:16] if (own := current().visitor) else ""


def caches() -> list[Path]:
    """The caches of the Hub's files: the shared one, then the visitor's own."""
    from huggingface_hub import constants

    common = Path(constants.HF_HUB_CACHE)
    own = [common.with_name("visitors") / name()] if name() else []
    return [common, *own]


def owner(folder: Path) -> str:
    """The visitor who owns a model's folder; "" for a shared one."""
    mine = caches()[1:]
    return name() if mine and folder.is_relative_to(mine[0]) else ""


def may_know(key: ModelKey) -> bool:
    """Whether the visitor may see a loaded model; another visitor's own are hidden."""
    return key.visitor in {"", name()}
