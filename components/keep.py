"""What a visitor keeps of a run: its result as a file, a link to its input, and the last runs.

The panel is made when it is opened (`components/lazy.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from markupsafe import Markup

from components import chain, history, status
from components.event_options import QUIET
from components.history import History, Remembered
from components.javascript import call
from components.output_state import Values
from components.record import Record, ended
from components.results import View
from components.results.json_text import json_text
from components.runner import Runner
from components.server.gate import admit
from components.translations import text
from pipelines.errors import InputError
from pipelines.inputs import Audio, Image, Messages
from pipelines.registry import tasks
from pipelines.task import Task

LIST = Markup('<h4>{}</h4><ol class="history" aria-label="{}"></ol>')


class Keep:
    """The panel of one tab, and what its buttons do. `fields` are the tab's inputs, options and
    model by the names that they have in links."""

    def __init__(
        self,
        task: Task,
        view: View,
        inputs: Mapping[str, Component],
        options: Mapping[str, Component],
        model: gr.Dropdown,
        record: gr.State,
        shown: list[Component],
        json: gr.Code,
        runner: Runner,
        past: History | None,
    ) -> None:
        self.task, self.view, self.record, self.past = task, view, record, past
        self.inputs, self.options, self.model = inputs, options, model
        self.shown, self.json, self.runner = shown, json, runner
        self.line = runner.controls.status

    def build(self) -> None:
        """Make the panel's components and events."""
        self._downloads()
        self._link()
        if self.view.readable:
            self._send()
        if self.past:
            self._history(self.past)

    def _downloads(self) -> None:
        files = self.view.files()
        if not files:
            return
        # Options that draw a result without asking the model, as a threshold, as they stand now.
        drawn = {self.options[name] for name in self.view.asks}
        file = gr.DownloadButton(visible="hidden")
        with gr.Row(elem_classes="keep-row"):
            for ending in files:
                name = text("Download {format}", format=ending.upper())
                gr.Button(name, size="sm", min_width=130, scale=0).click(
                    partial(self._file, ending),
                    {self.record, *drawn, *self.view.reads()},
                    file,
                    preprocess=False,
                    **QUIET,
                ).success(None, file, None, js=call("download"), **QUIET)

    def _file(self, ending: str, values: Values) -> str:
        """The path of the result as a file, in the folder of what is made for visitors.

        Its name holds a digest of its content, so nobody finds it who has not the content.
        """
        record = ended(self.view.as_shown(values[self.record], values))
        names = {box: name for name, box in self.options.items()}
        drawn = {names[box]: value for box, value in values.items() if box in names}
        content = self.view.files()[ending](record.value, {**record.shown, **drawn})
        return str(save_bytes_to_cache(content, f"{self.task.id}.{ending}", get_upload_folder()))

    def _link(self) -> None:
        """The link of this tab, or of the chain in which it is the last step."""
        before = gr.Textbox(visible="hidden")
        with gr.Row(elem_classes="keep-row"):
            button = gr.Button(text("Copy link"), size="sm", min_width=130, scale=0)
            shown = gr.Textbox(
                show_label=False,
                label=text("Link"),
                container=False,
                buttons=["copy"],
                interactive=False,
            )
        fields = {**self.inputs, **self.options, "model": self.model}
        button.click(None, None, before, js=call("chainBefore", self.task.id), **QUIET).then(
            partial(chain.link, self.task, self.view, fields, self.record, before),
            {*fields.values(), self.record, before, *self.view.reads()},
            shown,
            preprocess=False,
            **QUIET,
        ).success(None, shown, shown, js=call("copyLink"), **QUIET)

    def _send(self) -> None:
        """A result's words become the text of another tab."""
        others = [one for one in chain.readers() if one != self.task.id]
        with gr.Row(elem_classes="keep-row"):
            button = gr.Button(text("Send the text to"), size="sm", min_width=130, scale=0)
            target = gr.Dropdown(
                [(text(tasks()[id].title), id) for id in others],
                show_label=False,
                label=text("Send to tab"),
                container=False,
                interactive=True,
            )
        button.click(None, target, None, js=call("sendTo", self.task.id), **QUIET)

    def _history(self, past: History) -> None:
        gr.HTML(
            LIST.format(
                text("Last runs, kept in this browser alone"), text("The last runs of this tab")
            ),
            js_on_load=f"({call('showHistory', self.task.id)})(element)",
        )
        chosen = gr.Button(visible="hidden", elem_id=f"again-{self.task.id}")
        clear = gr.Button(text("Clear the history of this tab"), size="sm", min_width=100, scale=0)
        clear.click(None, past.kept, past.kept, js=call("clearHistory", self.task.id), **QUIET)
        filled = [*self.inputs.values(), *self.options.values(), self.model]
        outputs = dict.fromkeys([*filled, *self.shown, self.json, self.record, self.line])
        chosen.click(
            self._again,
            chosen,
            [*outputs],
            js=call("chosenRun"),
            concurrency_limit=None,
            **QUIET,
        )

    def _again(self, chosen: str, request: gr.Request) -> Values:
        """An earlier run, in place of one that is going on, which ends."""
        values = self._as_it_was(chosen)
        self.runner.discard(request)
        return values

    def _as_it_was(self, chosen: str) -> Values:
        """Input, options and result of an earlier run."""
        run = history.remembered(chosen)
        values: Values = dict(self._restored(run))
        line = text(
            "From the history: {model} ran {seconds} s.",
            model=run.title,
            seconds=f"{run.seconds:.2f}",
        )
        if run.value is None:
            line = f"{line} {text('Press Run for the result.')}"
            return {**values, self.line: status.info(line)}
        record = Record(run.inputs, run.typed, run.options, run.model, None)
        try:
            drawn = self.view.show(run.value, record.shown, True)
            written = json_text(self.view.json(run.value, record.shown))
            record = replace(record, value=self.view.kept(run.value))
        except Exception as error:  # made up by the client, or a result of an older version
            raise InputError(
                text("This run cannot be shown any more."), text("Clear the history.")
            ) from error
        return {
            **dict(zip(self.shown, drawn, strict=True)),
            **values,
            self.json: written,
            self.record: record,
            self.line: status.info(line),
        }

    def _restored(self, run: Remembered) -> Iterator[tuple[Component, Any]]:
        """The widgets with what stood in them."""
        files = {p.name for p in self.task.inputs if isinstance(p.spec, Image | Audio)}
        asked = {p.name for p in self.task.inputs if isinstance(p.spec, Messages)}
        for name, box in self.inputs.items():
            value = run.typed.get(name)
            value = _path(box, value) if name in files else admit(box, value)
            yield box, "" if name in asked else value  # it stands in the conversation
        for name, box in self.options.items():
            if name in run.options:
                yield box, admit(box, run.options[name])
        yield self.model, admit(self.model, run.model)


def _path(box: Component, file: Any) -> str | None:
    """Where an uploaded file still is."""
    try:
        return str(admit(box, file)["path"]) if file else None
    except InputError:
        gone = text("The file of this run is not here any more: drop it again.")
        gr.Warning(gone, title=text("Warning"))
        return None
