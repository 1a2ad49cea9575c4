"""`pipeline-playground run`: a task over the rows of a file, from the terminal, without a server.

    pipeline-playground run text-classification reviews.csv --column text --output out.csv

Results go to a file, or to standard output; progress and remarks to standard error. Ends with 0
when every row has an answer, 1 when some have none, 2 when nothing could be asked, and 130 after
Ctrl+C, which keeps what is done.
"""

import argparse
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from pipelines.errors import Cancelled, InputError, PlaygroundError, quoted
from pipelines.inputs import Flag, Messages, Number, StopStrings, Text
from pipelines.parse_json import parse_json
from pipelines.playground import Playground
from pipelines.registry import task as find_task
from pipelines.rows.job import Answered, Job, RowResult, run_job
from pipelines.rows.metrics import Comparison
from pipelines.rows.reading import FILE, FORMATS, TEXT, Reading, open_table, shown
from pipelines.rows.table import Table
from pipelines.rows.writing import (
    FileWriter,
    JsonlWriter,
    TableWriter,
    Writer,
    gives_labels,
    label_of,
    makes_files,
)
from pipelines.settings import from_environment
from pipelines.task import Task

FINE, SOME_FAILED, USAGE, STOPPED = 0, 1, 2, 130
STREAM = "-"
MOST_NOTES = 10
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(
        prog="pipeline-playground run",
        description="Answer a task for each row of a file. PLAYGROUND_ variables count, too.",
        epilog="Ends with 0 when every row has an answer, 1 when some have none, 2 when nothing "
        "could be asked. Ctrl+C keeps what is done.",
    )
    made.add_argument("task", help="a task's id, such as text-classification")
    made.add_argument(
        "inputs", nargs="+", metavar="input",
        help="a .csv, .tsv, .jsonl or .txt file (a row each line); pictures or sounds, a folder or "
        "a .zip of them; - reads standard input",
    )  # fmt: skip
    made.add_argument(
        "--column", action="append", default=[], metavar="[INPUT=]COLUMN",
        help="the column that holds the task's input; with INPUT= any of its inputs, repeatable",
    )  # fmt: skip
    made.add_argument("--labels", metavar="COLUMN", help="true labels, to compare with")
    made.add_argument("--model", default="auto", help="a catalogue name or a Hub id")
    made.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE",
        help="an option, or an input that is the same for all rows; repeatable",
    )  # fmt: skip
    made.add_argument(
        "--output", "-o", default=STREAM,
        help="a .csv, .tsv or .jsonl file; CSV to standard output without it",
    )  # fmt: skip
    made.add_argument("--files", type=Path, help="a .zip for the sounds or subtitles of the rows")
    made.add_argument("--format", choices=FORMATS, default="", help="how to read the input")
    made.add_argument("--encoding", default="", help="of the input, where it is not UTF-8")
    made.add_argument("--no-header", action="store_true", help="its columns are named 1, 2, …")
    made.add_argument(
        "--exact", action="store_true",
        help="write cells that begin with = + - @ as they are; spreadsheets may run them",
    )  # fmt: skip
    made.add_argument("--quiet", "-q", action="store_true", help="show no progress")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status."""
    given = parser().parse_args(arguments)
    playground: Playground | None = None
    try:
        playground = Playground(from_environment())
        with ExitStack() as opened:
            return Command(given, playground, opened).run()
    except BrokenPipeError:  # the reader of the pipe has closed it
        sys.stderr.close()
        return FINE
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return USAGE
    finally:
        if playground:
            playground.cache.close()


class Command:
    """One call of the command."""

    def __init__(
        self, given: argparse.Namespace, playground: Playground, opened: ExitStack
    ) -> None:
        self.given, self.playground, self.opened = given, playground, opened
        self.task = find_task(given.task)
        self.table = self._table()
        self.job = self._job()
        self.comparison = Comparison() if given.labels else None
        self.notes: dict[str, None] = dict.fromkeys(self.table.notes)
        self._check()

    def run(self) -> int:
        """Answer row by row and return the exit status."""
        done, failed = 0, 0
        ended: PlaygroundError | None = None
        cancel = threading.Event()
        rows = run_job(self.playground, self.job, self.table, cancel)
        writers: list[Writer] = []
        status = FINE
        with self._progress() as bar:
            try:
                for event in rows:
                    if not isinstance(event, Answered):
                        bar.set_description(event.text)
                        continue
                    writers = writers or self._writers()
                    for writer in writers:
                        writer.write(event.results)
                    done, failed = event.pace.done, event.pace.failed  # kept, if Ctrl+C comes now
                    self._compare(event.results)
                    self.notes |= dict.fromkeys(event.notes)
                    bar.set_description(event.facts.title if event.facts else None)
                    bar.update(done - bar.n)
            except KeyboardInterrupt:
                status = STOPPED
            except Cancelled:
                status = STOPPED
            except PlaygroundError as error:
                if not done:
                    raise
                ended, status = error, SOME_FAILED
            finally:
                cancel.set()
        self._tell(done, failed, ended, stopped=status == STOPPED)
        return status or (SOME_FAILED if failed else FINE)

    def _check(self) -> None:
        """Refuse now what would fail only when the first answer is written."""
        given = self.given
        if given.labels and not gives_labels(self.task):
            raise InputError(f"{self.task.id} gives no labels.", "Leave --labels out.")
        if given.labels and given.labels not in self.table.columns:
            there = f"Choose from {', '.join(self.table.columns)}."
            raise InputError(f"There is no column named {quoted(given.labels)}.", there)
        if given.files and not makes_files(self.task):
            raise InputError(f"{self.task.id} makes no files.", "Leave --files out.")
        if self.task.id == "text-to-speech" and not given.files:
            raise InputError("The sounds need a place.", "Name a zip: --files sounds.zip")
        self._kind()
        inputs = [Path(one).resolve() for one in given.inputs if one != STREAM]
        outputs = [Path(one) for one in (given.output, given.files) if one and one != STREAM]
        for one in outputs:
            if one.resolve() in inputs:
                raise InputError(f"{one} is the input.", "Write to another file.")
            if not one.resolve().parent.is_dir():
                raise InputError(f"There is no folder {one.parent}.", "Make it first.")

    def _table(self) -> Table:
        given = self.given
        how = Reading(given.format, given.encoding, not given.no_header, _takes_texts(self.task))
        if STREAM not in given.inputs:
            return open_table([Path(one) for one in given.inputs], self.playground.settings, how)
        if len(given.inputs) > 1:
            raise InputError("Standard input comes alone.", "Leave the other files out.")
        return self._of_stream(how)

    def _of_stream(self, how: Reading) -> Table:
        """Standard input, copied to a file, since it is read twice."""
        folder = Path(self.opened.enter_context(tempfile.TemporaryDirectory()))
        path = folder / "standard input"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        with path.open("rb") as file:
            begins = file.read(100).lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
        told = "jsonl" if begins == b"{" else "csv" if self.given.column else "lines"
        how = replace(how, format=how.format or (told if how.texts else "files"))
        return replace(open_table([path], self.playground.settings, how), folder=Path.cwd())

    def _job(self) -> Job:
        """The columns and options as they were named."""
        task = self.task
        columns: dict[str, str] = {}
        for named in self.given.column:
            name, equals, column = named.partition("=")
            if equals and name in task.parameters:
                columns[name] = column
            else:
                columns[task.inputs[0].name] = named
        same, options = self._options()
        for given in task.inputs:
            if given.name not in same and given.name in self.table.columns:
                columns.setdefault(given.name, given.name)
        first = task.inputs[0].name
        if first not in columns and first not in same:
            columns[first] = _only_column(self.table)
        if self.given.files and any(p.name == "return_timestamps" for p in task.options):
            options.setdefault("return_timestamps", True)  # subtitles need them
        return Job(task, columns, same, options, self.given.model)

    def _options(self) -> tuple[dict[str, Any], dict[str, Any]]:
        known = self.task.parameters
        inputs = {p.name for p in self.task.inputs}
        same: dict[str, Any] = {}
        options: dict[str, Any] = {}
        for one in self.given.option:
            name, equals, text = one.partition("=")
            if not equals:
                raise InputError(f"--option {one} has no value.", "Write NAME=VALUE.")
            spec = known[name].spec if name in known else None
            (same if name in inputs else options)[name] = option_value(spec, text)
        return same, options

    def _kind(self) -> str:
        """The format of the output, by its ending."""
        if self.given.output == STREAM:
            return ".csv"
        ending = Path(self.given.output).suffix.lower()
        if ending not in {".csv", ".tsv", ".jsonl"}:
            raise InputError(
                f"{self.given.output} is of no kind that is written here.",
                "End it with .csv, .tsv or .jsonl.",
            )
        return ending

    def _writers(self) -> list[Writer]:
        """Opened at the first answer, so that a run that fails before leaves no file."""
        kind, columns = self._kind(), self.table.columns
        file = self._output(kind)
        made: list[Writer] = []
        if kind == ".jsonl":
            made.append(JsonlWriter(file, columns))
        else:
            delimiter = "\t" if kind == ".tsv" else self.table.delimiter
            delimiter = "," if kind == ".csv" and delimiter == "\t" else delimiter
            made.append(TableWriter(file, self.task, columns, delimiter, self.given.exact))
        if self.given.files:
            zipped = FileWriter(self.given.files)
            self.opened.callback(zipped.close)
            made.append(zipped)
        return made

    def _output(self, kind: str) -> TextIO:
        if self.given.output == STREAM:
            return sys.stdout
        # As the input was written: programs that can open one can open the other.
        encoding = "utf-8-sig" if self.table.bom and kind == ".csv" else "utf-8"
        return self.opened.enter_context(
            Path(self.given.output).open("w", encoding=encoding, newline="")
        )

    def _compare(self, results: Sequence[RowResult]) -> None:
        if self.comparison is not None:
            for one in results:
                true = shown(one.row.cells.get(self.given.labels))
                self.comparison.add(true, label_of(one.value))

    @contextmanager
    def _progress(self) -> Iterator[Any]:
        from tqdm import tqdm

        hidden = self.given.quiet or (None if sys.stderr else True)
        with tqdm(total=self.table.count, unit="row", disable=hidden, file=sys.stderr) as bar:
            yield bar

    def _tell(self, done: int, failed: int, ended: PlaygroundError | None, stopped: bool) -> None:
        """What there is to say at the end."""
        said = list(self.notes)[:MOST_NOTES]
        if len(self.notes) > MOST_NOTES:
            said.append(f"… and {len(self.notes) - MOST_NOTES} more remarks of this kind.")
        if ended:
            said.append(str(ended))
        if stopped or ended:
            said.append(f"Stopped: {done:,} of {self.table.count:,} rows are done and kept.")
        if failed:
            rows = "1 row has" if failed == 1 else f"{failed:,} rows have"
            said.append(f"{rows} a message instead of an answer, in the column error.")
        if self.comparison is not None:
            said += [self.comparison.sentence(), *_matrix(self.comparison)]
        print(*said, sep="\n", end="\n" if said else "", file=sys.stderr)


def option_value(spec: Any, text: str) -> Any:
    """An option's value from what was written for it."""
    match spec:
        case Number():
            try:
                return parse_json(text) if text else None
            except ValueError:
                return text  # its spec says what is wrong
        case Flag():
            return FLAGS.get(text.strip().lower(), text)
        case StopStrings():
            return text.replace("\\n", "\n")
    # true and false are values of some choices, too: return_timestamps
    return text


def _takes_texts(task: Task) -> bool:
    return isinstance(task.inputs[0].spec, Text | Messages)


def _only_column(table: Table) -> str:
    for name in (TEXT, FILE):
        if table.columns == (name,):
            return name
    if len(table.columns) == 1:
        return table.columns[0]
    raise InputError(
        f"The file has the columns {', '.join(table.columns)}.", "Choose one with --column."
    )


def _matrix(comparison: Comparison) -> list[str]:
    """The confusion matrix as lines."""
    rows, columns, counts = comparison.matrix()
    if not rows:
        return []
    lines = [["true \\ predicted", *columns]]
    lines += [[row, *map(str, one)] for row, one in zip(rows, counts, strict=True)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
