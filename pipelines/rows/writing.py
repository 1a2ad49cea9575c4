"""Rows with their answers as CSV, TSV or JSON Lines; sounds and subtitles as files in a zip.

The columns of the table stay, those of the answer follow. Which these are is told by the type that
the adapter returns, so that a header can be written before the first answer: the fields of a
{"label", "score"}, and where the answer is a list of them those of the first, with the whole list
as JSON in `result`. JSON Lines hold every answer in the Hub's shape.

A spreadsheet takes a cell that begins with = + - @ for a formula, also one that a stranger wrote or
a model answered. Such cells get an apostrophe before them, which makes them text, unless they are
numbers; JSON Lines hold them as they are.
"""

import csv
import json
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any, Protocol, TextIO, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from pipelines.outputs import LabelScore, Speech, Transcript, wav
from pipelines.rows.job import RowResult
from pipelines.rows.reading import shown
from pipelines.rows.table import Attachment
from pipelines.subtitles import timed_pieces, webvtt
from pipelines.task import Task

# What begins a formula in a spreadsheet.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
WHOLE, ERROR, NOTE = "result", "error", "note"
UNSAFE = re.compile(r"[^\w.-]+")
TOO_LONG = {"logprobs", "segments", "tool_calls"}  # for a cell; the whole result has them
LONGEST_NAME = 80  # characters of a file's name in a zip


class Writer(Protocol):
    """Writes the results of rows, in order."""

    def write(self, results: Sequence[RowResult]) -> None:
        """Write them so that they stay when the program ends right after."""


class TableWriter:
    """CSV, or TSV with a tab as the delimiter. `exact`: cells stay as they are."""

    def __init__(
        self,
        file: TextIO,
        task: Task,
        columns: Sequence[str],
        delimiter: str = ",",
        exact: bool = False,
    ) -> None:
        self._file, self._exact = file, exact
        self._columns = columns
        self._fields = fields(task)
        looks: dict[str, Any] = {"delimiter": delimiter, "lineterminator": "\n"}
        self._writer = csv.writer(file, **looks)
        # Python before 3.13 leaves a cell with a CR unquoted, which splits it for most readers.
        self._quoting = csv.writer(file, quoting=csv.QUOTE_ALL, **looks)
        self._line([*columns, *named(columns, self._fields)])
        file.flush()

    def write(self, results: Sequence[RowResult]) -> None:
        """Write a line for each."""
        for one in results:
            given = [shown(one.row.cells.get(column)) for column in self._columns]
            made = cells(one)
            found = [written(made.get(name, "")) for name in self._fields]
            self._line([*given, *found])
        self._file.flush()

    def _line(self, cells: Sequence[str]) -> None:
        writer = self._quoting if any("\r" in cell for cell in cells) else self._writer
        writer.writerow(cells if self._exact else map(safe, cells))


class JsonlWriter:
    """One JSON object a line: the row's cells, its answer, error and notes."""

    def __init__(self, file: TextIO, columns: Sequence[str]) -> None:
        self._file = file
        self._names = dict(
            zip((WHOLE, ERROR, "notes"), named(columns, [WHOLE, ERROR, "notes"]), strict=True)
        )

    def write(self, results: Sequence[RowResult]) -> None:
        """Write a line for each."""
        for one in results:
            line = {
                name: str(cell) if isinstance(cell, Attachment) else cell
                for name, cell in one.row.cells.items()
            }
            if one.error:
                line[self._names[ERROR]] = str(one.error)
            else:
                line[self._names[WHOLE]] = plain(one)
            if one.notes:
                line[self._names["notes"]] = list(one.notes)
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


class FileWriter:
    """The sounds (WAV) or subtitles (WebVTT) of rows, as files in a zip."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)

    def write(self, results: Sequence[RowResult]) -> None:
        """Add a file for each row that has one."""
        for one in results:
            if isinstance(one.value, Speech):
                self._zip.writestr(file_name(one), wav(one.value))
            elif isinstance(one.value, dict) and one.value.get("chunks"):
                self._zip.writestr(file_name(one), webvtt(timed_pieces(one.value)))

    def close(self) -> None:
        """Write the zip's directory; without it nothing can be read."""
        self._zip.close()


def fields(task: Task) -> list[str]:
    """The columns that a task's answers fill, with those of errors and notes."""
    shape = _shape(get_type_hints(task.run)["return"])
    if shape is Speech:
        return ["file", "seconds", ERROR, NOTE]
    names = [one for one in shape.__annotations__ if one not in TOO_LONG] if shape else []
    several = [] if names and not _is_list(task) else [WHOLE]
    return [*names, *several, ERROR, NOTE]


def makes_files(task: Task) -> bool:
    """Whether rows give sounds or subtitles."""
    return _shape(get_type_hints(task.run)["return"]) in (Speech, Transcript)


def gives_labels(task: Task) -> bool:
    """Whether the answers are labels, which can be compared with true ones."""
    return _shape(get_type_hints(task.run)["return"]) is LabelScore


def kinds(task: Task) -> dict[str, Any]:
    """The types of the fields, where they are known."""
    shape = _shape(get_type_hints(task.run)["return"])
    known = {} if shape is Speech or shape is None else get_type_hints(shape)
    return {**known, "seconds": float}


def label_of(value: Any) -> str | None:
    """The likeliest label of an answer."""
    return value[0]["label"] if value else None


def _shape(annotation: Any) -> Any:
    """The first TypedDict within a type, or Speech."""
    if annotation is Speech or is_typeddict(annotation):
        return annotation
    return next((found for one in get_args(annotation) if (found := _shape(one))), None)


def _is_list(task: Task) -> bool:
    """Whether one answer may be a list."""
    return _has_list(get_type_hints(task.run)["return"])


def _has_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(map(_has_list, get_args(annotation)))


def cells(result: RowResult) -> dict[str, Any]:
    """The values of the fields, by name."""
    found: dict[str, Any] = {NOTE: " ".join(result.notes)}
    value = result.value
    if result.error:
        return {ERROR: str(result.error), **found}
    if isinstance(value, Speech):
        return {"file": file_name(result), "seconds": _seconds(value), **found}
    if not isinstance(value, list):
        return {**value, **found}
    first = value[0] if value and isinstance(value[0], dict) else {}
    return {**first, WHOLE: value, **found}


def plain(result: RowResult) -> Any:
    """The answer as JSON takes it: a sound by its file's name and its length."""
    if isinstance(result.value, Speech):
        return {"file": file_name(result), "seconds": _seconds(result.value)}
    return result.value


def _seconds(speech: Speech) -> float:
    return round(len(speech.samples) / speech.sampling_rate, 2)


def named(columns: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names of an answer's columns, where the table has some of the same name itself."""
    return [f"result_{name}" if name in columns else name for name in names]


def written(value: Any) -> str:
    """A value of an answer as a cell."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else shown(value)


def safe(cell: str) -> str:
    """The cell, so that no spreadsheet takes it for a formula."""
    if not cell.startswith(FORMULAS):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def file_name(result: RowResult) -> str:
    """The name of a row's file in the zip: its number, and the beginning of what it was made of."""
    about = next((cell for cell in result.row.cells.values()), "")
    stem = PurePath(str(about)).stem if isinstance(about, Attachment) else str(about)
    letters = unicodedata.normalize("NFC", stem)
    short = UNSAFE.sub("-", letters)[:LONGEST_NAME].strip("-.")
    ending = "wav" if isinstance(result.value, Speech) else "vtt"
    return f"{result.row.number:04d}{'-' if short else ''}{short}.{ending}"
