"""Compare: a second model answers what the tab's own was asked, and it is said where they differ.

Its column is made when a visitor presses Compare. From then on each run of the tab is followed by
one of the second model, on the same input and options: never both at once, for a small machine has
no room for that, and the first answer can be read while the second model loads.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import gradio as gr
from markupsafe import Markup

from components import model_options, picker, status
from components.output_state import Values
from components.record import Record
from components.results import View
from components.runner import Controls, Runner, Update, Visit, Work
from components.runs import Runs
from components.translations import text
from pipelines import Playground, PlaygroundError
from pipelines.playground import Answer
from pipelines.store import Progress
from pipelines.task import Task

# What asks the tab's task of a visit's model, given inputs and options.
Ask: TypeAlias = Callable[
    [Mapping[str, Any], Mapping[str, Any], Visit], Iterator[Progress | Answer]
]


class SecondModel:
    """The column of the second model; `record` has what the first was asked, and its answer."""

    def __init__(
        self,
        task: Task,
        playground: Playground,
        runs: Runs,
        view: View,
        ask: Ask,
        record: gr.State,
        first: str,
    ) -> None:
        self.task, self.playground = task, playground
        self.first_view = view
        self.view = view.beside()
        self.ask = ask
        self.record = record
        self.model, about = picker.build(task, playground)
        self.model.label = text("Second model")
        self.model.elem_classes = ["second-model"]
        self.model.value = other = other_model(task, playground, first)
        about.value = picker.describe(other, task, playground)
        with gr.Row():
            self.run = gr.Button(text("Run this one"), size="sm", min_width=100)
            stop = gr.Button(text("Stop"), interactive=False, size="sm", min_width=100)
        self.controls = Controls(
            model=self.model,
            status=gr.HTML(status.info(text(IDLE)), elem_classes="status"),
            stop=stop,
            queue=gr.HTML(visible=False, elem_classes="queue"),
            consent=gr.Button("", visible=False, size="sm", variant="primary"),
            agreed=gr.State(""),
        )
        self.differences = gr.HTML(elem_classes="differences")
        self.shown = self.view.build()
        if options := self.view.options():
            self.view.wire(gr.Code(visible=False))
            for box in options.values():
                box.interactive = True
        self.second = gr.State(None, time_to_live=3600)
        self.runner = Runner(playground, runs, f"{task.id} second", task, self.controls, "run")
        picker.wire(self.model, about, [], task, playground)

    def wire(self) -> None:
        """Run when the first has answered, and by the column's own button.

        Made later, it can listen to nothing that the page listens to already: gradio's client would
        take its events in place of the page's own.
        """
        outputs = [*self.shown, self.differences, self.second]
        running = self.runner.event(self._run, {self.record}, outputs)
        self.run.click(trigger_mode="multiple", **running)
        self.runner.agreeing.then(**running)
        self.record.change(trigger_mode="multiple", **{**running, "fn": self._follow})

    def _run(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        failed = {**self._filled(self.view.clear()), self.differences: "", self.second: None}
        work = Work(self._answers, failed, queues=True)
        yield from self.runner.run(work, values, request, signed_in)

    def _follow(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        """After the first model's run, unless it was stopped, failed or asked for consent."""
        if values[self.record] is None:
            yield {self.controls.status: gr.skip()}
        else:
            yield from self._run(request, signed_in, values)

    def _answers(self, visit: Visit) -> Iterator[Progress | Update]:
        first: Record | None = visit.values[self.record]
        if first is None:
            raise PlaygroundError(
                text("There is no first answer yet."), text("Press Run; both will answer.")
            )
        options = model_options.fitting(first.options, visit.model, self.task, self.playground)
        for event in self.ask(first.inputs, options, visit):
            if not isinstance(event, Answer):
                yield event
                continue
            final = event.facts is not None
            values = self._filled(self.view.show(event.value, first.shown, final))
            if not final:
                yield Update({**values, self.differences: ""}, status.started())
                continue
            values |= {box: first.options[name] for name, box in self.view.options().items()}
            kept = self.first_view.kept(event.value)
            second = Record(first.inputs, first.typed, options, visit.model, kept, event.facts)
            values[self.second] = second
            values[self.differences] = self._compared(first, second)
            yield Update(values, status.done([event]))

    def _compared(self, first: Record, second: Record) -> Markup:
        told = self.first_view.differences(first.value, second.value, first.shown)
        budget = self.playground.settings.memory_bytes
        return SUMMARY.format(text("Where they differ"), told, costs(first, second, budget))

    def _filled(self, values: list[Any]) -> Values:
        return dict(zip(self.shown, values, strict=True))


IDLE = "Run asks both models, one after the other."
SUMMARY = Markup('<h4>{}</h4><div role="status">{}<p>{}</p></div>')


def costs(first: Record, second: Record, budget: int) -> str:
    """What each took: time, and the memory of both."""
    one, two = first.facts, second.facts
    if not one or not two:
        return ""
    if one.model == two.model:
        return text(
            "{model} answered both times: {one} s, {two} s.",
            model=one.title,
            one=f"{one.run_seconds:.2f}",
            two=f"{two.run_seconds:.2f}",
        )
    times = text(
        "{model} ran {one} s, {other} {two} s.",
        model=one.title,
        one=f"{one.run_seconds:.2f}",
        other=two.title,
        two=f"{two.run_seconds:.2f}",
    )
    both = one.memory_bytes + two.memory_bytes
    figures = {"both": f"{both / 1e6:,.0f}", "budget": f"{budget / 1e6:,.0f}"}
    if both > budget:
        room = text(
            "Together they take {both} MB of memory, more than the budget of {budget} MB, so each "
            "makes room for the other.",
            **figures,
        )
    else:
        room = text(
            "Together they take {both} MB of memory, of the budget of {budget} MB.", **figures
        )
    return f"{times} {room}"


def other_model(task: Task, playground: Playground, first: str) -> str:
    """A model to begin with: not the first, and on this disk if one is; else one in reach."""
    known = playground.catalogue
    try:
        answering = playground.resolve(task, first).name
    except PlaygroundError:
        answering = ""
    entries = [known.recommended(task.id), *known.for_task(task.id)]
    others = [entry for entry in entries if entry and entry.name != answering]
    for entry in others:
        if playground.state(entry) in {"bundled", "cached"}:
            return entry.name
    for entry in others:
        # The cost of one is asked of the Hub; only then is it known whether it is in reach.
        with suppress(PlaygroundError):
            playground.cost(entry)
            if playground.state(entry) == "downloadable":
                return entry.name
    return "auto"
