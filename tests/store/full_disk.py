"""A disk that fills up when certain files are written."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


class _Full:
    """An open file that takes no more."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __enter__(self) -> "_Full":
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def write(self, data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def full_for(monkeypatch: pytest.MonkeyPatch, fits: Callable[[str], bool]) -> Iterator[None]:
    """Inside the block, files whose names fit can be opened but not written."""
    real = Path.open

    def opened(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        file = real(path, mode, *rest, **options)
        return _Full(file) if fits(path.name) and set(mode) & set("wa") else file

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", opened)
        yield
