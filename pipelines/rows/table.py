"""A table of rows, whatever file they came from. Rows are read one at a time, never all at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import InputError


@dataclass(frozen=True)
class Attachment:
    """A file as a cell: its name, and what reads it as a path or as bytes when its turn comes."""

    name: str
    read: Callable[[], Path | bytes]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Row:
    """One row; `number` counts from 1. A row that cannot be read has an error and what was read."""

    number: int
    cells: Mapping[str, Any]
    error: InputError | None = None


@dataclass(frozen=True)
class Table:
    """Rows with named columns. `rows` begins anew with each call. `folder`: where paths in cells
    begin. `delimiter` and `bom` tell how a CSV file was written, for the one that is written
    next."""

    columns: tuple[str, ...]
    count: int
    rows: Callable[[], Iterator[Row]]
    folder: Path | None = None
    delimiter: str = ","
    bom: bool = False
    notes: tuple[str, ...] = ()
