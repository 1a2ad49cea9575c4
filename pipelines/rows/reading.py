"""Rows of files: CSV, TSV, JSON Lines, text by lines, pictures, sounds, folders and zips of them.

A file is read twice: once to count its rows and learn its columns, once for the rows themselves, so
that the memory it takes does not grow with it. What is wrong with one row is that row's error.
"""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePath
from typing import Any, BinaryIO, TextIO

from pipelines.errors import InputError, quoted
from pipelines.inputs.json_values import MOST_VALUES, line_has_too_many
from pipelines.parse_json import TooDeepError, parse_json
from pipelines.rows.archive import JUNK, members
from pipelines.rows.table import Attachment, Row, Table
from pipelines.settings import Settings
from pipelines.surrogates import without_surrogates

FORMATS = ("csv", "tsv", "jsonl", "lines", "files")
BY_ENDING = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".txt": "lines", ".text": "lines",
}  # fmt: skip
TABLES = {ending for ending, kind in BY_ENDING.items() if kind != "lines"}
WORKBOOKS = {".xlsx", ".xls", ".ods", ".numbers"}
DELIMITERS = ",;\t|"
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",  # begins as UTF-16's does
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
OLD = "cp1252"  # of text that is not UTF-8: what Windows writes in Western Europe and America
UNMARKED = {OLD: "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
SAMPLE = 64_000  # characters from which the delimiter is told, bytes from which UTF-16 is
LINE_END = ord("\n")
RECORDS = 20  # so many are looked at for that
LONGEST_CELL = 1_000_000  # characters; a quote that is never closed would make one of all the rest
MOST_COLUMNS = 1_000
PIECE = 1_000_000
TEXT, FILE = "text", "file"  # the column of lines, and of files


@dataclass(frozen=True)
class Reading:
    """How files are to be read, where they do not say it themselves. `format` "" tells it by the
    file's ending; `encoding` "" by its bytes; `texts`: the rows are texts, so that a text file is
    lines; else each file is one row."""

    format: str = ""
    encoding: str = ""
    header: bool = True
    texts: bool = True


def open_table(paths: Sequence[Path], settings: Settings, how: Reading = Reading()) -> Table:
    """The rows of one file, or a row for each of several.

    Raises:
        InputError: there is nothing to read, or it is of no kind that is read here.
    """
    if not paths:
        raise InputError("There is no file.", "Choose one, or write a line for each input.")
    for path in paths:
        if not path.exists():
            raise InputError(f"There is no file {path}.", "Check its name.")
    [first, *more] = paths
    if more and any(_is_table(path.name) for path in paths):
        raise InputError("Several tables cannot be read at once.", "Remove all but one.")
    several = more or first.is_dir()
    kind = "files" if several else how.format or _format(first, how)
    if kind == "files":
        files = [attached for path in paths for attached in _within(path, settings)]
        tables = any(_is_table(one.name) for one in files)
        if tables and how.texts and how.format != "files":
            raise InputError("Tables in a folder or zip are not read.", "Choose one of them.")
        return _files(files)
    with first.open("rb") as file:
        found = encoding_of(file)
    encoding, bom = how.encoding or found, found == BOMS[codecs.BOM_UTF8]
    notes: tuple[str, ...] = ()
    if encoding in UNMARKED and not how.encoding:
        notes = (f"{first.name} is not UTF-8; it was read as {UNMARKED[encoding]}.",)
    text = partial(_open, first, encoding)
    table = {"csv": _csv, "tsv": _csv, "jsonl": _jsonl, "lines": _lines}[kind](text, kind, how)
    if not table.count:
        raise InputError(f"{first.name} has no rows.", "Choose another file.")
    return replace(table, folder=first.parent, bom=bom, notes=notes)


def lines_table(text: str) -> Table:
    """A row for each line of a text that is not empty.

    Raises:
        InputError: there is none.
    """
    table = _lines(partial(io.StringIO, text), "lines", Reading())
    if not table.count:
        raise InputError("There are no lines.", "Write one for each input, or drop a file.")
    return table


def _format(path: Path, how: Reading) -> str:
    ending = path.suffix.lower()
    if ending in WORKBOOKS:
        raise InputError("Workbooks are not read here.", "Save the sheet as CSV (File, Save As).")
    if ending in (".txt", ".text") and not how.texts:
        return "files"
    if ending == ".zip" or not how.texts:
        return BY_ENDING.get(ending, "files")
    if ending not in BY_ENDING:
        raise InputError(
            f"{path.name} is of no kind that is read here.",
            "Choose a .csv, .tsv, .jsonl or .txt file, or a .zip.",
        )
    return BY_ENDING[ending]


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a text file: what its byte order mark says, else UTF-16 or UTF-8 where it is
    that."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head = file.read(SAMPLE)
    for bom, name in BOMS.items():
        if head.startswith(bom):
            return name
    for low, name in enumerate(("utf-16-le", "utf-16-be")):
        if _is_utf16(head[low::2], head[1 - low :: 2]):
            return name
    try:
        decoder.decode(head)
        while piece := file.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return OLD
    return "utf-8"


def _is_utf16(low: bytes, high: bytes) -> bool:
    """Whether text without a mark has these low and high bytes: those of most characters are NUL,
    as in Latin letters, or at least those of every line end."""
    if 0 in low or 0 not in high:
        return False
    ends = [of for one, of in zip(low, high, strict=False) if one == LINE_END]
    ended = len(ends) > 0 and not any(ends) and LINE_END not in high
    return ended or 2 * high.count(0) > len(high)


def _is_table(name: str) -> bool:
    return PurePath(name).suffix.lower() in TABLES


def _open(path: Path, encoding: str) -> TextIO:
    try:
        return path.open(encoding=encoding, errors="replace", newline="")
    except LookupError:
        raise InputError(
            f"There is no encoding {quoted(encoding)}.", "Try utf-8 or latin-1."
        ) from None


def _within(path: Path, settings: Settings) -> list[Attachment]:
    """The files of a folder or a zip by their names; of a file itself."""
    if path.is_dir():
        names = sorted(one for one in path.rglob("*") if one.is_file())
        shown = {one: without_surrogates(one.relative_to(path).as_posix()) for one in names}
        return [
            Attachment(name, partial(Path, one))
            for one, name in shown.items()
            if not JUNK.search(name)
        ]
    if path.suffix.lower() == ".zip":
        return members(path, settings)
    return [Attachment(without_surrogates(path.name), partial(Path, path))]


def _files(files: Sequence[Attachment]) -> Table:
    if not files:
        raise InputError("There are no files in it.", "Choose another folder or zip.")

    def rows() -> Iterator[Row]:
        for number, one in enumerate(files, 1):
            yield Row(number, {FILE: one})

    return Table((FILE,), len(files), rows)


def _lines(text: Callable[[], TextIO], kind: str, how: Reading) -> Table:
    def rows() -> Iterator[Row]:
        number = 0
        with text() as file:
            for line in file:
                for part in line.replace("\r", "\n").split("\n"):  # a lone CR ends a line, too
                    if part.strip():
                        number += 1
                        yield Row(number, {TEXT: part})

    return Table((TEXT,), sum(1 for _ in rows()), rows)


def _jsonl(text: Callable[[], TextIO], kind: str, how: Reading) -> Table:
    def rows() -> Iterator[Row]:
        number = 0
        with text() as file:
            for line in file:
                if line.strip():
                    number += 1
                    yield _of_json(number, line)

    columns: dict[str, None] = {}
    count = 0
    for row in rows():
        count = row.number
        if len(columns) < MOST_COLUMNS:
            columns |= dict.fromkeys(row.cells)
    return Table(tuple(columns) or (TEXT,), count, rows)


def _of_json(number: int, line: str) -> Row:
    if line_has_too_many(line):
        said = f"This line has more than {MOST_VALUES:,} values."
        return Row(number, {}, InputError(said, "Write one object a line."))
    try:
        value = parse_json(line)
    except TooDeepError:
        return Row(number, {}, InputError("This line is nested too deeply.", "Make it flatter."))
    except ValueError:
        return Row(number, {}, InputError("This line is not JSON.", "Write one object a line."))
    if isinstance(value, str):
        return Row(number, {TEXT: value})
    if not isinstance(value, dict):
        return Row(number, {}, InputError("This line is no object.", 'Write {"text": "…"}.'))
    return Row(number, value)


def _csv(text: Callable[[], TextIO], kind: str, how: Reading) -> Table:
    csv.field_size_limit(LONGEST_CELL)
    with text() as file:
        sample = file.read(SAMPLE)
    said = sample[4:5] if sample[:4].lower() == "sep=" else ""  # Excel's own first line
    delimiter = "\t" if kind == "tsv" else said or _delimiter(sample)

    def records() -> Iterator[list[str] | csv.Error]:
        with text() as file:
            if said:
                file.readline()
            reader = csv.reader(file, delimiter=delimiter)
            while True:
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield error
                    continue
                if record:  # a blank line is none
                    yield record

    first = next(records(), [])
    if isinstance(first, csv.Error):
        raise InputError("The header of this file cannot be read.", "Save it as CSV anew.")
    if any("\0" in name for name in first):
        hint = "Save it as UTF-8, or name its encoding (--encoding)."
        raise InputError("The header of this file cannot be read.", hint)
    named = first if how.header else [str(number) for number in range(1, len(first) + 1)]
    columns = _unique(named[:MOST_COLUMNS])

    def rows() -> Iterator[Row]:
        found = records()
        if how.header:
            next(found, None)
        for number, record in enumerate(found, 1):
            yield _of_record(number, record, columns, delimiter)

    return Table(columns, sum(1 for _ in rows()), rows, delimiter=delimiter)


def _of_record(
    number: int, record: list[str] | csv.Error, columns: tuple[str, ...], delimiter: str
) -> Row:
    if isinstance(record, csv.Error):
        said = "This row cannot be read: a quote in it is never closed, or a cell is too long."
        return Row(number, {}, InputError(said, "Write a quote within a cell twice."))
    if len(columns) == 1:  # a text with commas that nobody quoted
        record = [delimiter.join(record)]
    cells = dict(zip(columns, [*record, *[""] * (len(columns) - len(record))], strict=False))
    if len(record) > len(columns):
        said = f"This row has {len(record)} cells; the header names {len(columns)}."
        return Row(number, cells, InputError(said, "Put texts with delimiters in quotes."))
    return Row(number, cells)


def _delimiter(sample: str) -> str:
    """The delimiter by which most records have as many cells as the header, and several."""

    def fit(delimiter: str) -> tuple[bool, int, int]:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths: list[int] = []
        try:
            widths += [len(record) for record in islice(reader, RECORDS) if record]
        except csv.Error:
            return False, 0, 0
        if len(sample) == SAMPLE and len(widths) > 1:
            widths.pop()  # it may be cut
        header = widths[0] if widths else 0
        return header > 1, widths.count(header), header

    best = max(DELIMITERS, key=fit)
    return best if fit(best)[0] else DELIMITERS[0]


def _unique(names: list[str]) -> tuple[str, ...]:
    """The names of columns, each once; what has no name gets its number."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        name = base = name.strip() or f"column {number}"
        again = 1
        while name in found:
            again += 1
            name = f"{base} ({again})"
        found.append(name)
    return tuple(found)


def text_of(content: Path | bytes) -> str:
    """The text of a whole file, or of the bytes of one.

    Raises:
        InputError: it is a picture, say, which has NULs in it.
    """
    whole = content.read_bytes() if isinstance(content, Path) else content
    text = whole.decode(encoding_of(io.BytesIO(whole)), "replace")
    if "\0" in text:
        raise InputError("This file is not a text.", "Choose a text file.")
    return text


def shown(value: Any) -> str:
    """A cell as text."""
    if isinstance(value, str | Attachment):
        return str(value)
    return "" if value is None else json.dumps(value, ensure_ascii=False)
