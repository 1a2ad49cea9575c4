"""A task over the rows of a table: in chunks, in order, one answer or one message for each row.

Where the adapter takes lists of texts, a chunk is one call, which the engine answers as a batch;
else a chunk is one row. A chunk that is refused is asked in halves, so that only the rows at fault
fail. Results are handed on chunk by chunk: memory does not grow with the table, and whoever stops
keeps what is done.
"""

import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from pipelines.batch import is_list
from pipelines.errors import (
    Cancelled,
    DownloadError,
    InputError,
    ModelError,
    PlaygroundError,
    quoted,
)
from pipelines.inputs import Audio, Image
from pipelines.inputs.files import confined_to
from pipelines.inputs.text import not_text
from pipelines.inputs.web_address import is_web_address
from pipelines.playground import Answer, Facts, Playground
from pipelines.progress import Progress
from pipelines.rows.reading import shown, text_of
from pipelines.rows.table import Attachment, Row, Table
from pipelines.task import Task

FIRST_CHUNK = 32  # rows of the first call; the next ones are as large as take about CHUNK_SECONDS
CHUNK_SECONDS = 1.0  # of work that Stop loses, and between two progress events
CHUNK_CHARACTERS = 50_000  # of one call: the vectors of all tokens of more would fill the memory
RATE_SECONDS = 10.0  # the window over which the rate is averaged


@dataclass(frozen=True)
class Job:
    """What is asked of each row. `columns`: which column an input (or an option that takes lists)
    comes from, by its name; `same`: inputs that are the same for all rows."""

    task: Task
    columns: Mapping[str, str]
    same: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    model: str = "auto"
    visitor: str = ""  # the Hub token of one who signed in


@dataclass(frozen=True)
class RowResult:
    """A row with its answer in the Hub's shape, or with what was wrong with it."""

    row: Row
    value: Any = None
    error: PlaygroundError | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pace:
    """How far a job is. `rate` in rows a second."""

    done: int
    total: int
    failed: int
    rate: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """Estimated time left at this rate."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True)
class Answered:
    """The results of some rows, how far the job is, what ran, and notes on several rows at once."""

    results: tuple[RowResult, ...]
    pace: Pace
    facts: Facts | None = None
    notes: tuple[str, ...] = ()


Chunk: TypeAlias = Sequence[Row]
Outcome: TypeAlias = tuple[list[RowResult], Facts | None, tuple[str, ...]]


def run_job(
    playground: Playground,
    job: Job,
    table: Table,
    cancel: threading.Event,
    most: int | None = None,
) -> Iterator[Progress | Answered]:
    """Yield progress until the model is there, then results as they come; `most` rows at most.

    Raises:
        Cancelled: `cancel` was set; what was yielded before is whole.
        ModelError, DownloadError: the model cannot be used, whatever the row.
        InputError: the job cannot be asked of this table.
    """
    check(job, table, playground)
    total = table.count if most is None else min(most, table.count)
    clock, done, failed, ready = _Clock(), 0, 0, False
    chunks = _Chunks(job, playground.settings.max_batch)
    for chunk in chunks.of(islice(table.rows(), most)):
        if cancel.is_set():
            raise Cancelled
        outcome = _answer(playground, job, table.folder, chunk, cancel)
        while True:
            try:
                event = next(outcome)
            except StopIteration as end:
                results, facts, notes = end.value
                break
            if not ready:
                yield event
        ready = ready or facts is not None
        if facts:
            chunks.took(len(chunk), facts.run_seconds)
        done += len(results)
        failed += sum(1 for result in results if result.error)
        pace = Pace(done, total, failed, clock.rate(done))
        yield Answered(tuple(results), pace, facts, notes)


def check(job: Job, table: Table, playground: Playground) -> None:
    """Check all that is the same for all rows, before the first is asked.

    Raises:
        PlaygroundError: a column, an option, an input or the model is not there or of its kind.
    """
    task, known = job.task, job.task.parameters
    for name in (*job.columns, *job.same, *job.options):
        if name not in known:
            takes = f"It takes {', '.join(known)}."
            raise InputError(f"{task.id} has no option named {name}.", takes)
    options = {p.name for p in task.options}
    for name, column in job.columns.items():
        if column not in table.columns:
            there = f"Choose from {', '.join(table.columns)}."
            raise InputError(f"There is no column named {quoted(column)}.", there)
        if name in options and not known[name].takes_list:
            raise InputError(f"{name} is the same for all rows.", "Give it as an option.")
    for given in task.inputs:
        if given.name in job.columns:
            continue
        if given.name not in job.same:
            raise InputError(f"No column holds {given.name}.", "Choose one, or give it for all.")
        with confined_to(playground.file_folders):
            given.spec.read(job.same[given.name], playground.settings)
    for name, value in job.options.items():
        known[name].spec.read(name, value, playground.settings)
    playground.resolve(task, job.model, job.options)


class _Chunks:
    """Cuts rows into those that are asked together."""

    def __init__(self, job: Job, max_batch: int) -> None:
        self._columns = [*job.columns.values()]
        together = all(job.task.parameters[name].takes_list for name in job.columns)
        self._largest = max_batch if together else 1
        self._size = min(FIRST_CHUNK, self._largest)

    def took(self, rows: int, seconds: float) -> None:
        """Set the size of the next chunks by how long one took."""
        fitting = int(rows * CHUNK_SECONDS / max(seconds, 0.001))
        self._size = max(1, min(fitting, 2 * self._size, self._largest))

    def of(self, rows: Iterable[Row]) -> Iterator[Chunk]:
        """Yield the rows chunk by chunk."""
        chunk: list[Row] = []
        size = 0
        kind: tuple[bool, ...] = ()
        for row in rows:
            cells = [shown(row.cells.get(column)) for column in self._columns]
            length = sum(map(len, cells))
            # A text with its pair and one without are not asked in one call.
            filled = () if row.error else tuple(bool(cell.strip()) for cell in cells[1:])
            full = len(chunk) >= self._size or size + length > CHUNK_CHARACTERS
            if chunk and (full or filled != kind):
                yield chunk
                chunk, size = [], 0
            chunk.append(row)
            size, kind = size + length, filled
        if chunk:
            yield chunk


def _answer(
    playground: Playground, job: Job, folder: Path | None, chunk: Chunk, cancel: threading.Event
) -> Generator[Progress, None, Outcome]:
    """Ask a chunk, in halves where it is refused; yields progress of the model."""
    asked = [row for row in chunk if not row.error]
    nothing: Outcome = ([], None, ())
    ask = _ask(playground, job, folder, asked, cancel) if asked else None
    answered, facts, notes = (yield from ask) if ask else nothing
    of_row = {result.row.number: result for result in answered}
    for row in chunk:
        of_row.setdefault(row.number, RowResult(row, error=row.error))
    return [of_row[row.number] for row in chunk], facts, notes


def _ask(
    playground: Playground, job: Job, folder: Path | None, rows: Chunk, cancel: threading.Event
) -> Generator[Progress, None, Outcome]:
    try:
        given = _given(job, folder, rows)
        options = {**job.options}
        for name in [name for name in given if name not in {p.name for p in job.task.inputs}]:
            options[name] = given.pop(name)
        answer: Answer | None = None
        for event in playground.stream(
            job.task.id,
            {**job.same, **given},
            job.model,
            options,
            cancel,
            token=job.visitor or None,
        ):
            if isinstance(event, Answer):
                answer = event
            else:
                yield event
    except (Cancelled, ModelError, DownloadError):
        raise
    except PlaygroundError as error:
        if len(rows) == 1:
            return [RowResult(rows[0], error=error)], None, ()
        half = len(rows) // 2
        first, facts, notes = yield from _ask(playground, job, folder, rows[:half], cancel)
        second, later, more = yield from _ask(playground, job, folder, rows[half:], cancel)
        return [*first, *second], later or facts, (*notes, *more)
    assert answer
    if len(rows) == 1:
        return [RowResult(rows[0], answer.value, notes=answer.notes)], answer.facts, ()
    results = [RowResult(row, value) for row, value in zip(rows, answer.value, strict=True)]
    where = f"rows {rows[0].number} to {rows[-1].number}"
    return results, answer.facts, tuple(f"In {where}: {note}" for note in answer.notes)


def _given(job: Job, folder: Path | None, rows: Chunk) -> dict[str, Any]:
    """The values of the columns: of one row as they are, of several as lists."""
    known = job.task.parameters
    given: dict[str, Any] = {}
    for name, column in job.columns.items():
        values = [_value(name, row.cells.get(column), known[name].spec, folder) for row in rows]
        given[name] = values if len(rows) > 1 else values[0]
    return given


def _value(name: str, cell: Any, spec: Any, folder: Path | None) -> Any:
    """A cell as its input takes it: a file as a path or bytes, or what is written in it.

    Raises:
        InputError: it holds several inputs, which a run would answer as a batch.
    """
    if is_list(spec, cell):
        if isinstance(spec, Image | Audio):
            raise InputError(f"{spec.label} must be one file.", "Write a row for each.")
        raise not_text(getattr(spec, "label", name))
    if isinstance(cell, Attachment):
        content = cell.read()
        return content if isinstance(spec, Image | Audio) else text_of(content)
    if isinstance(spec, Image | Audio) and isinstance(cell, str) and cell.strip():
        named = cell.strip()
        elsewhere = is_web_address(named) or named[:5].lower() == "data:"
        return named if elsewhere or folder is None else folder / named
    return "" if cell is None else cell


class _Clock:
    """Tells the rate of the last seconds, of at least two chunks."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def rate(self, done: int) -> float | None:
        """Rows a second, once there is something to count."""
        now = time.monotonic()
        self._points.append((now, done))
        while len(self._points) > 2 and now - self._points[0][0] > RATE_SECONDS:
            self._points.popleft()
        since, before = self._points[0]
        return (done - before) / (now - since) if now > since else None
