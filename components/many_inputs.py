"""The panel "Many inputs" of a tab: lines or files in, a table of answers and files to keep out.

One implementation for all tasks. It is made when it is first opened: sixteen of them would add some
three hundred components to a page that is loaded whole. Model, options and what is the same for all
rows are those of the tab above it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components import status
from components.event_options import QUIET
from components.lazy import made_once_on
from components.output_state import Values
from components.row_results import RowResults
from components.runner import Controls, Runner, Update, Visit, Work
from components.runs import Runs
from components.sentences import in_a_line, known
from components.translations import text
from pipelines import Playground, PlaygroundError
from pipelines.errors import Cancelled, InputError
from pipelines.inputs import Messages, Text
from pipelines.playground import Facts
from pipelines.progress import Progress
from pipelines.rows.columns import likely_column
from pipelines.rows.job import Answered, Job, Pace, run_job
from pipelines.rows.reading import Reading, lines_table, open_table
from pipelines.rows.table import Table
from pipelines.rows.writing import gives_labels
from pipelines.task import Task

SAME, NONE = "", ""  # no column: what stands above counts for all rows, or there are no labels
REDRAW_SECONDS = 0.7  # a table of 500 rows redrawn more often keeps a page from hearing a click
MOST_NOTES = 5


def build(
    task: Task,
    playground: Playground,
    runs: Runs,
    model: gr.Dropdown,
    inputs: dict[str, Component],
    options: dict[str, Component],
) -> None:
    """The panel, inside the current gradio context."""

    def panel() -> None:
        Panel(task, playground, runs, model, inputs, options)

    with gr.Accordion(text("Many inputs"), open=False, elem_classes="many") as accordion:
        made_once_on(accordion.expand, panel)


@dataclass(frozen=True)
class Widgets:
    """What a panel is filled in with."""

    lines: gr.Textbox
    files: gr.File
    columns: dict[str, gr.Dropdown]  # by the input that a column holds
    labels: gr.Dropdown


class Panel:
    """One tab's panel: its components and what happens to them."""

    def __init__(
        self,
        task: Task,
        playground: Playground,
        runs: Runs,
        model: gr.Dropdown,
        inputs: dict[str, Component],
        options: dict[str, Component],
    ) -> None:
        self.task, self.playground = task, playground
        self.inputs, self.options = inputs, options
        self.texts = isinstance(task.inputs[0].spec, Text | Messages)
        self._build(model)
        self.runner = Runner(
            playground, runs, f"{task.id} rows", task, self.controls, "run all rows"
        )
        self._wire()

    def _build(self, model: gr.Dropdown) -> None:
        limits = _limits(self.playground)
        lines_or_table = text("One input a line, or a table")
        what = lines_or_table if self.texts else text("Several files, a zip, or a table")
        gr.HTML(
            Markup("<p>{} ({}). {}</p>").format(what, text("CSV, TSV or JSON Lines"), limits),
            elem_classes="about",
        )
        with gr.Row():
            lines = gr.Textbox(
                label=text("Lines"), placeholder=text("One input a line"), lines=6, max_lines=12,
                visible=self.texts, scale=2,
            )  # fmt: skip
            files = gr.File(
                label=text("Table, text file or zip")
                if self.texts
                else text("Files, zip or table"),
                file_count="multiple", height=190, scale=2,
            )  # fmt: skip
        with gr.Row():
            columns = {
                given.name: gr.Dropdown(
                    label=text("Column: {name}", name=text(given.spec.label)),
                    choices=[_as_above()] if number else [],
                    value=SAME if number else None,
                    min_width=180,
                )
                for number, given in enumerate(self.task.inputs)
            }
            labels = gr.Dropdown(
                label=text("Column: true labels"), choices=[_no_labels()], value=NONE,
                info=text("for accuracy and a confusion matrix"),
                visible=gives_labels(self.task), min_width=180,
            )  # fmt: skip
        with gr.Row():
            self.run = gr.Button(text("Run all"), variant="primary", min_width=100)
            stop = gr.Button(text("Stop all"), interactive=False, min_width=100)
        self.widgets = Widgets(lines, files, columns, labels)
        self.controls = Controls(
            model=model,
            status=gr.HTML("", elem_classes="status"),
            stop=stop,
            consent=gr.Button("", visible=False, size="sm", variant="primary"),
            agreed=gr.State(""),
        )
        self.metrics = gr.HTML(visible=False, elem_classes="confusion")
        self.table = gr.Dataframe(
            visible=False, interactive=False, wrap=True, max_height=600,
            label=text("Results"),
            show_search="filter", elem_classes="results",
        )  # fmt: skip
        self.downloads = gr.File(
            label=text("Download"), visible=False, interactive=False, file_count="multiple"
        )

    def _wire(self) -> None:
        given = self.widgets
        given.files.change(
            self._columns,
            given.files,
            [self.controls.status, *given.columns.values(), given.labels],
            preprocess=False,
            **QUIET,
        )
        asking = {
            given.lines, given.files, given.labels, *given.columns.values(),
            *self.inputs.values(), *self.options.values(),
        }  # fmt: skip
        results = [self.metrics, self.table, self.downloads]
        running = self.runner.event(self._run, asking, results)
        self.run.click(**running)
        self.runner.agreeing.then(**running)

    def _table(self, files: list[dict[str, Any]] | None, lines: str) -> Table:
        """The rows that were given: of the files, or else the lines.

        Raises:
            InputError: there are none that can be read.
        """
        if not files:
            if self.texts:
                return lines_table(lines or "")
            raise InputError(text("There is no file."), text("Drop some, or a zip of them."))
        paths = [Path(one["path"]) for one in files]
        return open_table(paths, self.playground.settings, Reading(texts=self.texts))

    def _columns(self, files: list[dict[str, Any]] | None) -> list[Any]:
        """Offer the columns of what was dropped, and choose what they are most likely for."""
        try:
            table = self._table(files, "-")
        except PlaygroundError as error:
            untouched = [gr.skip()] * (len(self.widgets.columns) + 1)
            return [status.error(error), *untouched]
        offered: list[Any] = []
        for number, given in enumerate(self.task.inputs):
            same = [_as_above()] if number else []
            named = next((c for c in table.columns if c.casefold() == given.name), SAME)
            chosen = named if number else likely_column(given.name, table)
            offered.append(gr.update(choices=[*same, *table.columns], value=chosen))
        labels = gr.update(choices=[_no_labels(), *table.columns], value=NONE)
        several = text("{count} rows", count=f"{table.count:,}")
        rows = several if table.count > 1 else text("1 row")
        columns = ", ".join(table.columns[:20])
        said = text("{rows}; columns: {columns}.", rows=rows, columns=columns) if files else ""
        told = status.info(" ".join([said, *map(known, table.notes)])) if said else ""
        return [told, *offered, labels]

    def _run(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        yield from self.runner.run(Work(self._events), values, request, signed_in)

    def _job(self, table: Table, visit: Visit) -> Job:
        values = visit.values
        columns = {name: values[box] for name, box in self.widgets.columns.items() if values[box]}
        first = self.task.inputs[0].name
        if columns.get(first) not in table.columns:
            columns[first] = likely_column(first, table)
        same = {name: values[box] for name, box in self.inputs.items() if name not in columns}
        options = {name: values[box] for name, box in self.options.items()}
        if "return_timestamps" in options:
            options["return_timestamps"] = options["return_timestamps"] or True  # for subtitles
        return Job(self.task, columns, same, options, visit.model, visit.token or "")

    def _events(self, visit: Visit) -> Iterator[Progress | Update]:
        """Progress and results so far; in the end the files with all that is done."""
        values, given, settings = visit.values, self.widgets, self.playground.settings
        table = self._table(values[given.files], values[given.lines])
        job = self._job(table, visit)
        labels = values[given.labels] if values[given.labels] in table.columns else NONE
        begun, drawn = time.monotonic(), 0.0
        pace: Pace | None = None
        facts: Facts | None = None
        ended = ""
        notes = dict.fromkeys(table.notes)
        if table.count > settings.max_rows:
            most, count = f"{settings.max_rows:,}", f"{table.count:,}"
            cut = text("Only the first {most} of {count} rows count.", most=most, count=count)
            notes[cut] = None
        yield Update({one: gr.update(visible=False) for one in self._results})
        results = RowResults(job, table, labels, settings)
        with results:
            try:
                rows = run_job(self.playground, job, table, visit.cancel, settings.max_rows)
                for event in rows:
                    if not isinstance(event, Answered):
                        yield event
                        continue
                    results.add(event.results)
                    pace, facts = event.pace, event.facts or facts
                    notes |= dict.fromkeys(event.notes)
                    now = time.monotonic()
                    if now - drawn > REDRAW_SECONDS:
                        drawn = now
                        yield Update({self.table: results.table()}, status.rows(pace))
                    if 0 < settings.max_rows_minutes * 60 < now - begun:
                        minutes = f"{settings.max_rows_minutes:g}"
                        ended = text("Ended after {count} minutes, the limit", count=minutes)
                        break
            except Cancelled:
                ended = text("Stopped")
            except PlaygroundError as error:
                if not pace:
                    raise
                ended = in_a_line(error)
        made = {
            self.table: results.table(),
            self.metrics: results.metrics(),
            self.downloads: results.files(),
        }
        told = [*notes][:MOST_NOTES]
        seconds = time.monotonic() - begun
        line = status.rows_done(ended, pace, facts, seconds, [*told, *results.notes()])
        yield Update(made if pace else {}, line)

    @property
    def _results(self) -> tuple[Component, ...]:
        return (self.table, self.metrics, self.downloads)


def _limits(playground: Playground) -> str:
    settings = playground.settings
    rows = f"{settings.max_rows:,}"
    if not settings.max_rows_minutes:
        return text("Up to {rows} rows a run; model and options as above.", rows=rows)
    return text(
        "Up to {rows} rows and {minutes} minutes a run; model and options as above.",
        rows=rows,
        minutes=f"{settings.max_rows_minutes:g}",
    )


def _as_above() -> tuple[str, str]:
    return text("the same for all, from above"), SAME


def _no_labels() -> tuple[str, str]:
    return text("none"), NONE
