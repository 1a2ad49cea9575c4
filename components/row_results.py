"""The results of many rows on the page: a table of the first ones, files with all of them.

The files are written while the rows are answered, into a folder of their own that nobody can guess,
among the uploads, which the server empties with time.
"""

import mimetypes
import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_origin

import gradio as gr
from gradio.utils import get_upload_folder
from markupsafe import Markup

from components.sentences import known
from components.translations import text
from pipelines.inputs import Audio, Image
from pipelines.inputs.image import open_picture
from pipelines.outputs import Speech, wav
from pipelines.rows.job import Job, RowResult
from pipelines.rows.metrics import Comparison
from pipelines.rows.reading import TEXT, shown
from pipelines.rows.table import Attachment, Table
from pipelines.rows.writing import (
    ERROR,
    NOTE,
    WHOLE,
    FileWriter,
    JsonlWriter,
    TableWriter,
    Writer,
    cells,
    fields,
    file_name,
    gives_labels,
    kinds,
    label_of,
    makes_files,
    named,
)
from pipelines.settings import Settings

SHOWN = 500  # rows of the table on the page
LONGEST_CELL = 300  # characters of a cell there
THUMBNAIL = 96  # pixels
PAGE, HTML = 1340, 260  # pixels of all columns together, and of one with pictures or sounds
SHARES = {"row": 0.6, "number": 1.2, "str": 2}  # of the others in what is left
PICTURE = Markup('<img src="/gradio_api/file={}" alt="{}" title="{}">')
PLAYER = Markup('<audio controls preload="none" src="/gradio_api/file={}" title="{}"></audio>')


class RowResults:
    """The results of one run, while the block lasts."""

    def __init__(self, job: Job, table: Table, labels: str, settings: Settings) -> None:
        self.job, self.labels = job, labels
        self.settings = settings
        self.columns = list(dict.fromkeys([*job.columns.values(), *([labels] if labels else [])]))
        task = job.task
        types = kinds(task)
        # Labels are told by the best; of other lists the whole is short enough to be read.
        hidden = {name for name, kind in types.items() if get_origin(kind) is list}
        hidden |= {WHOLE} if gives_labels(task) else set()
        self.fields = [name for name in fields(task) if name not in hidden]
        self.numbers = {name for name, kind in types.items() if kind in (int, float)}
        self.comparison = Comparison() if labels else None
        self.rows: list[list[Any]] = []
        self.count = 0
        self.folder = Path(get_upload_folder(), "rows", secrets.token_hex(16))
        self.folder.mkdir(parents=True)
        self._opened = ExitStack()
        name = f"{task.id}-{time.strftime('%Y%m%d-%H%M%S')}"
        self._paths = [self.folder / f"{name}.{ending}" for ending in ("csv", "jsonl")]
        csv_file = self._open(self._paths[0], "utf-8-sig")  # by its mark Excel knows it is UTF-8
        jsonl_file = self._open(self._paths[1], "utf-8")
        delimiter = "," if table.delimiter == "\t" else table.delimiter
        self._writers: list[Writer] = [
            TableWriter(csv_file, task, table.columns, delimiter),
            JsonlWriter(jsonl_file, table.columns),
        ]
        if makes_files(task):
            self._paths.append(self.folder / f"{name}.zip")
            zipped = FileWriter(self._paths[-1])
            self._opened.callback(zipped.close)
            self._writers.append(zipped)

    def __enter__(self) -> "RowResults":
        return self

    def __exit__(self, *raised: Any) -> None:
        self._opened.close()

    def add(self, results: Sequence[RowResult]) -> None:
        """Write them, and show the first."""
        for writer in self._writers:
            writer.write(results)
        for one in results:
            self.count += 1
            if len(self.rows) < SHOWN:
                self.rows.append(self._row(one))
            if self.comparison is not None:
                true = shown(one.row.cells.get(self.labels))
                self.comparison.add(true, label_of(one.value))

    def table(self) -> Any:
        """The update of the table on the page."""
        headers = ["row", *self.columns, *named(self.columns, self.fields)]
        shown = ["number", *(self._kind(column) for column in self.columns)]
        shown += [self._kind_of_field(name) for name in self.fields]
        kept = [n for n, header in enumerate(headers) if self._is_filled(n, header)]
        datatype = [shown[n] for n in kept]
        return gr.update(
            visible=True,
            value={
                "headers": [self._head(headers[n]) for n in kept],
                "data": [[row[n] for n in kept] for row in self.rows],
                "metadata": None,
            },
            datatype=datatype,
            column_widths=_widths(["row", *datatype[1:]]),
        )

    def notes(self) -> list[str]:
        """Say what the table leaves out."""
        rest = self.count > len(self.rows)
        told = text("The table shows the first {count} rows; the files have all.", count=SHOWN)
        return [told] if rest else []

    def files(self) -> Any:
        """The update of the downloads."""
        return gr.update(visible=True, value=[str(path) for path in self._paths])

    def metrics(self) -> Any:
        """Accuracy and the confusion matrix, when there are true labels."""
        if self.comparison is None:
            return gr.update(visible=False)
        rows, columns, counts = self.comparison.matrix()
        head = Markup("").join(Markup("<th scope=col>{}</th>").format(one) for one in columns)
        lines = Markup("").join(
            Markup("<tr><th scope=row>{}</th>{}</tr>").format(
                row,
                Markup("").join(
                    Markup("<td{}>{}</td>").format(
                        Markup(" class=right") if row == column else "", count
                    )
                    for column, count in zip(columns, line, strict=True)
                ),
            )
            for row, line in zip(rows, counts, strict=True)
        )
        shown = Markup(
            "<p><b>{}</b></p><table><caption>{}</caption><tr><td></td>{}</tr>{}</table>"
        ).format(
            known(self.comparison.sentence()),
            text("Confusion matrix: true labels in rows, predicted ones in columns"),
            head,
            lines,
        )
        return gr.update(visible=True, value=shown)

    def _open(self, path: Path, encoding: str) -> Any:
        return self._opened.enter_context(path.open("w", encoding=encoding, newline=""))

    def _head(self, header: str) -> str:
        """The head of a column; those of a visitor's table are not the page's to translate. Lines
        have the column TEXT."""
        theirs = header in self.columns and header not in {TEXT, *self.job.columns}
        return header if theirs else text(f"{header}##column")

    def _is_filled(self, number: int, header: str) -> bool:
        """Columns of errors and notes are shown when there are some."""
        return header not in (ERROR, NOTE) or any(row[number] for row in self.rows)

    def _spec(self, column: str) -> Any:
        known = self.job.task.parameters
        return next((known[n].spec for n, one in self.job.columns.items() if one == column), None)

    def _kind(self, column: str) -> str:
        return "html" if isinstance(self._spec(column), Image | Audio) else "str"

    def _kind_of_field(self, name: str) -> str:
        if name in self.numbers:
            return "number"
        return "html" if name == "file" and makes_files(self.job.task) else "str"

    def _row(self, result: RowResult) -> list[Any]:
        made = cells(result)
        row: list[Any] = [result.row.number]
        row += [self._given(result, column) for column in self.columns]
        for name in self.fields:
            value = made.get(name)
            if name == "file" and isinstance(result.value, Speech):
                row.append(self._player(result))
            elif name == ERROR and result.error:
                row.append(known(result.error.sentence))
            elif name in self.numbers:
                row.append(round(value, 4) if isinstance(value, float) else value)
            else:
                row.append(_short(shown(value)))
        return row

    def _given(self, result: RowResult, column: str) -> Any:
        """A cell of the table: of pictures and sounds something to see or to hear."""
        cell = result.row.cells.get(column)
        spec = self._spec(column)
        if not isinstance(spec, Image | Audio):
            return _short(shown(cell))
        name = Markup.escape(_short(shown(cell)))
        if not isinstance(cell, Attachment) or result.error:
            return str(name)
        kind = mimetypes.guess_type(cell.name)[0] or ""
        if isinstance(spec, Audio) and not kind.startswith(("audio/", "video/")):
            return str(name)  # a browser would not play it, and the server says what it is
        content = cell.read()
        if isinstance(spec, Image):
            from PIL import ImageOps

            path = self.folder / f"{result.row.number}.jpg"
            with open_picture(content, self.settings) as picture:
                picture.draft("RGB", (THUMBNAIL, THUMBNAIL))
                small = ImageOps.exif_transpose(picture).convert("RGB")
                small.thumbnail((THUMBNAIL, THUMBNAIL))
                small.save(path)
            return str(PICTURE.format(path, cell, cell))
        if isinstance(content, bytes):
            path = self.folder / f"{result.row.number}{Path(cell.name).suffix.lower()}"
            path.write_bytes(content)
        else:
            path = content
        return str(PLAYER.format(path, cell))

    def _player(self, result: RowResult) -> str:
        path = self.folder / file_name(result)
        path.write_bytes(wav(result.value))
        return str(PLAYER.format(path, file_name(result)))


def _widths(kinds: Sequence[str]) -> list[str]:
    """The widths of columns: all of the table's, on a phone, too; texts wrap in theirs."""
    left = 100 * max(0.2, 1 - HTML * kinds.count("html") / PAGE)
    shares = sum(SHARES.get(kind, 0) for kind in kinds)
    return [
        f"{left * SHARES[kind] / shares:.2f}%" if kind in SHARES else f"{HTML}px" for kind in kinds
    ]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
