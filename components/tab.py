"""The frame of a tab: everything that is the same in all of them, built from a description.

A task's own file says what is shown and which examples there are; widgets, options, model picker,
Run and Stop, progress, errors, JSON and code are made here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components import (
    chain,
    chat,
    code,
    examples,
    history,
    links,
    many_inputs,
    model_card,
    model_options,
    picker,
    prefetch,
    preview,
    status,
    web_address,
)
from components.compare import SecondModel
from components.event_options import QUIET
from components.explanations.explanation import Explanation, Place
from components.header import header
from components.history import History
from components.javascript import call
from components.keep import Keep
from components.lazy import made_on, made_or_removed_on, made_while_open
from components.live import Live, recordings
from components.output_state import Values
from components.record import Record
from components.results import View
from components.results.conversation import last_question
from components.results.json_text import json_text
from components.results.view import Inputs
from components.runner import Controls, Runner, Update, Visit, Work, stream
from components.runs import Runs
from components.translations import text
from components.widgets import input_widget, option_widget
from pipelines import Playground
from pipelines.inputs import Messages
from pipelines.playground import Answer
from pipelines.registry import task as find_task
from pipelines.store import Progress
from pipelines.task import Parameter, Task

CHAIN = Markup('<p class="chain" data-chain="{}" hidden></p>')


@dataclass(frozen=True)
class Tab:
    """What is special about one task's tab.

    `examples`: rows of input values. `set_by_example`: what else a click on one sets, by the number
    of its row: options, and "model"; the other examples set these to where they start. `defaults`:
    options the page starts with instead of the endpoint's. `batch`: turns what was typed into a
    batch of inputs, answered in one run.
    `extra`: makes more components below the inputs; it is given these and the model picker.
    `explanations`: what can be asked about an answer.
    `live`: its sound may be answered while it is recorded.
    `transformers`: code for plain transformers, with {model} and the names of inputs and options;
    or several, each after a pattern of the Hub ids it is for: the first that is found, "" is all.
    No code for a pattern: plain transformers does not do the task with those. What depends on the
    options is a function of them.
    """

    task: str
    view: Callable[[], View]
    examples: list[list[Any]]
    transformers: code.Templates
    defaults: dict[str, Any] = field(default_factory=dict)
    set_by_example: dict[int, dict[str, Any]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    batch: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    extra: Callable[[list[Component], gr.Dropdown], None] | None = None
    explanations: tuple[Explanation, ...] = ()
    live: bool = False


class TaskTab:
    """One tab on the page: its components and what happens to them."""

    def __init__(
        self,
        tab: Tab,
        playground: Playground,
        runs: Runs,
        past: History | None = None,
        agreed: gr.State | None = None,
    ) -> None:
        self.tab = tab
        self.task: Task = find_task(tab.task)
        self.playground = playground
        self.runs = runs
        self.past = past
        self.agreed = agreed  # one of all tabs: each component more is 2 ms of the page's start
        self.view = tab.view()
        self.chat = any(isinstance(p.spec, Messages) for p in self.task.inputs)
        self._build()
        self._wire()
        many_inputs.build(self.task, playground, runs, self.model, self.inputs, self.options)

    def _build(self) -> None:
        task, settings = self.task, self.playground.settings
        gr.HTML(
            header(
                text(task.title),
                text(task.summary),
                text("Hugging Face course, chapter 1: “{section}”", section=task.course),
                f"task={task.id}",
                text("link to this tab"),
            )
            + CHAIN.format(task.id),
            elem_classes="about",
        )
        with gr.Row(equal_height=False, elem_classes="columns"):
            with gr.Column(scale=5, min_width=300):
                self.model, self.about = picker.build(task, self.playground)
                self.inputs: dict[str, Component] = {}
                self.addresses: list[web_address.AddressBox] = []
                for parameter in task.inputs:
                    widget = self.inputs[parameter.name] = input_widget(parameter, settings)
                    self.addresses += web_address.build(parameter.spec, widget, settings)
                with gr.Row():
                    self.options: dict[str, Component] = {
                        p.name: self._option(p) for p in task.options if p.in_view
                    }
                self.live = Live(self.playground) if self.tab.live else None
                if self.tab.extra:
                    self.tab.extra([*self.inputs.values()], self.model)
                with gr.Row(elem_classes="run-or-stop"):
                    self.run = gr.Button(text("Run"), variant="primary", min_width=100)
                    stop = gr.Button(text("Stop"), variant="stop", interactive=False, min_width=100)
                    compare = gr.Button(text("Compare"), min_width=90)
                elsewhere = {*self.tab.hidden, *self.options}
                visible = [p for p in task.options if p.name not in elsewhere]
                with gr.Accordion(text("Options"), open=False, visible=bool(visible)):
                    self.options |= {p.name: self._option(p) for p in visible}
                self.examples = gr.Examples(
                    self.tab.examples,
                    [*self.inputs.values()],
                    label=text("Examples (click to run)")
                    if settings.run_examples
                    else text("Examples (click to fill in)"),
                    example_labels=examples.as_lines(task, self.tab.examples),
                )
                self.card_examples = model_card.build()
            with gr.Column(scale=5, min_width=300):
                self.controls = Controls(
                    model=self.model,
                    status=gr.HTML(preview.before_first_run(task), elem_classes="status"),
                    stop=stop,
                    queue=gr.HTML(visible=False, elem_classes="queue"),
                    consent=gr.Button("", visible=False, size="sm", variant="primary"),
                    agreed=self.agreed or gr.State(""),
                )
                self.recommend = gr.Button("", visible=False, size="sm", elem_classes="offer")
                self.shown = self.view.build()
                for one in self.shown:
                    one.elem_classes = [*(one.elem_classes or []), "result"]
                self.more = gr.Button(text("Continue"), visible=False, size="sm")
                self.options |= self.view.options()
                if self.chat:
                    self.new = new = gr.ClearButton(self.shown, value=text("New chat"), size="sm")
                    new.elem_classes = ["result"]
                self.record = gr.State(None, time_to_live=3600)
                self.json = gr.Code(
                    None, "json", label=text("Result"), interactive=False, render=False
                )
                self._explanations()
                with gr.Accordion(text("JSON, in the Hub's shape"), open=False):
                    self.json.render()
                languages = code.languages(task, self.playground)
                self.language, self.snippet, self.code = code.build(languages)
                with gr.Accordion(text("Download, link, history"), open=False) as keep:
                    made_on(keep.expand, self._keep)
            made_or_removed_on(compare.click, self._second_model, [self.model])

    @property
    def chatbot(self) -> gr.Chatbot | None:
        """The conversation, in a tab that has one."""
        return next((one for one in self.shown if isinstance(one, gr.Chatbot)), None)

    def _option(self, parameter: Parameter[Any]) -> Component:
        """The widget of an option; hidden while it waits for a model that uses it."""
        widget = option_widget(parameter, self.tab.defaults.get(parameter.name, parameter.default))
        if parameter.in_view and parameter.in_view.of_model:
            widget.visible = False
        return widget

    def _wire(self) -> None:
        task, playground = self.task, self.playground
        self.runner = Runner(playground, self.runs, task.id, task, self.controls, "run")
        asking = {*self.inputs.values(), *self.options.values(), self.model, *self.view.reads()}
        # Enter, in a box of one line; Shift+Enter or Ctrl+Enter in one of several.
        given = [*self.inputs.values(), *self.options.values()]
        boxes = [widget for widget in given if isinstance(widget, gr.Textbox)]
        told = [self.json, self.recommend, self.more, self.record]
        told += [self.past.entry] if self.past else []
        running = self.runner.event(self._run, asking, [*self.shown, *told])
        given_at_once = [self.run.click, *(box.submit for box in boxes)]
        if self.addresses:
            fetch = web_address.before_run(
                self.addresses, self.controls.status, playground.settings
            )
            ran = [gr.on(given_at_once, trigger_mode="multiple", **fetch).success(**running)]
        else:
            ran = [gr.on(given_at_once, trigger_mode="multiple", **running)]
        ran.append(self.runner.agreeing.then(**running))
        picked = picker.wire(self.model, self.about, [self.json.change], task, playground)
        widgets = model_card.Widgets(
            self.model, self.about, self.card_examples, self.inputs, self.options
        )
        options = {"model": self.model, **self.options}
        linked = links.wire(task.id, self.inputs, options, self.run, task, playground)
        if self.view.readable:
            chain.build(task, self.view, {**self.inputs, **options}, self.record)
        offered = model_card.wire([picked, linked], widgets, task, playground)
        filled = [self._wire_examples(), offered]
        if playground.settings.run_examples:
            ran += [one.success(**running) for one in filled]
        self.more.click(**{**running, "fn": self._continue})
        if self.live:
            self.live.wire({**running, "fn": self._run_live}, self.inputs["audio"])
        [*_, box] = self.inputs.values()
        chatbot = self.chatbot
        if chatbot and isinstance(box, gr.Textbox):
            # After Undo nothing else tells of the answer, either.
            gone = {self.record: None, self.json: "", self.more: gr.update(visible=False)}
            asked_again = chat.wire(self.runner, chatbot, box, self.new, gone, self.past)
            ran += [one.then(**running) for one in asked_again]
        if self.chat and isinstance(box, gr.Textbox):
            for one in ran:
                one.then(None, [box, *self.shown], box, js=call("emptyWhenAsked"))
            prefetch.chat(box, asking, self._asked, task.id, playground, self.runs)
        picker.wire_offer(self.recommend, self.model, task, playground)
        model_options.wire(self.model, self.json, self.options, task, playground)
        self.view.wire(self.json)
        code.wire(self.language, self.snippet, self.code, asking, self._snippet, self.json)

    def _wire_examples(self) -> Any:
        """Have a click set options and the model, too; the event after which all is filled in."""
        filled = self.examples.load_input_event
        names = {name for given in self.tab.set_by_example.values() for name in given}
        widgets = {name: self.options.get(name, self.model) for name in names}
        start = {name: widget.value for name, widget in widgets.items()}
        if not names:
            return filled

        def set_by(row: int) -> list[Any]:
            return [*(start | self.tab.set_by_example.get(row, {})).values()]

        return filled.then(
            set_by,
            self.examples.dataset,
            [*widgets.values()],
            preprocess=False,  # the number of the row as it is, and no sample
            **QUIET,
        )

    def _typed(self, values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
        """Inputs and options as they stand in the widgets."""
        inputs = {name: values[widget] for name, widget in self.inputs.items()}
        return inputs, {name: values[widget] for name, widget in self.options.items()}

    def _complete(
        self, complete: Callable[[Inputs, Values], Inputs], inputs: Inputs, values: Values
    ) -> Inputs:
        """The inputs, with what the view holds of them."""
        return complete(inputs, {component: values[component] for component in self.view.reads()})

    def _asked(self, values: Values) -> tuple[dict[str, Any], str]:
        """What is sent, and to which model."""
        inputs, _ = self._typed(values)
        inputs = self._complete(self.view.complete_inputs, inputs, values)
        return inputs, values[self.model] or "auto"

    def _run(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        prefetch.stop(self.runs, str(request.session_hash), self.task.id)
        failed = {**self._shown(self.view.clear()), self.json: ""}
        work = Work(partial(self._answers, self.view.complete_inputs), failed, queues=True)
        yield {self.record: None}  # until there is an answer, whatever comes between
        yield from self.runner.run(work, values, request, signed_in)

    def _continue(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        """Continue the answer that was cut."""
        work = Work(partial(self._answers, self.view.continued_inputs), queues=True)
        yield from self.runner.run(work, values, request, signed_in)

    def _run_live(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        """Answer a sound while it is recorded; in the end it stands in its box."""
        assert self.live
        with self.live.recording(str(request.session_hash)) as complete:
            failed = {**self._shown(self.view.clear()), self.json: ""}
            work = Work(partial(self._answers, complete), failed, queues=True)
            yield {self.record: None}
            yield from self.runner.run(work, values, request, signed_in)

    def _answers(
        self, complete: Callable[[Inputs, Values], Inputs], visit: Visit
    ) -> Iterator[Progress | Update]:
        """Progress and growing answers; the last one with its JSON and what it cost."""
        inputs, options = self._typed(visit.values)
        inputs = self._complete(complete, inputs, visit.values)
        begun: Values = {self.more: gr.update(visible=False)}
        if self.past and self.chatbot:
            begun[self.past.entry] = history.asked(self.task, self.view, {**options, **inputs})
        yield Update(begun)
        for event in self._ask(inputs, options, visit):
            if not isinstance(event, Answer):
                yield event
                continue
            final = event.facts is not None
            recorded = recordings(inputs) if final else {}
            inputs |= recorded
            shown = {**options, **inputs}
            values = self._shown(self.view.show(event.value, shown, final))
            if not final:
                yield Update(values, status.started())
                continue
            values[self.json] = json_text(self.view.json(event.value, shown))
            values[self.recommend] = picker.offer(event, self.task, self.playground, options)
            values[self.more] = gr.update(visible=self._was_cut(event))
            values |= {self.inputs[name]: file["path"] for name, file in recorded.items()}
            kept, typed = self.view.kept(event.value), self._typed(visit.values)[0] | recorded
            record = Record(inputs, typed, options, visit.model, kept, event.facts)
            values[self.record] = record
            turns = values[self.chatbot] if self.chatbot else None
            if self.past:
                values[self.past.entry] = history.entry(self.task, self.view, record, turns)
            yield Update(values, status.done([event]))

    def _ask(
        self, inputs: Mapping[str, Any], options: Mapping[str, Any], visit: Visit
    ) -> Iterator[Progress | Answer]:
        """Yield the answers of the chosen model."""
        asked = {**options, **self.view.asks}
        sent = self.tab.batch({**inputs, **asked}) if self.tab.batch else inputs
        yield from stream(self.playground, self.task.id, sent, asked, visit)

    def _explanations(self) -> None:
        """Panels about the answer; its JSON tells of it, for a second model hears the record."""
        place = Place(self.task, self.playground, self.runs, self.model)
        for one in self.tab.explanations:
            with gr.Accordion(text(one.title), open=False) as panel:
                read = [self.record, *(self.shown[number] for number in one.reads)]
                made_while_open(panel, self.json.change, partial(one.show, place), read)

    def _keep(self) -> None:
        """The panel of downloads, link and history."""
        Keep(
            self.task, self.view, self.inputs, self.options, self.model, self.record, self.shown,
            self.json, self.runner, self.past,
        ).build()  # fmt: skip

    def _second_model(self, first: str | None) -> None:
        """The column of the model that answers beside the first."""
        with gr.Column(scale=5, min_width=300, elem_classes="second"):
            model, of = first or "auto", (self.task, self.playground, self.runs, self.view)
            column = SecondModel(*of, self._ask, self.record, model)
        column.wire()

    def _was_cut(self, answer: Answer) -> bool:
        """Whether the answer can be continued."""
        assert answer.facts
        one = not isinstance(answer.value, list)
        return self.view.continues and one and answer.facts.finish_reason == "length"

    def _shown(self, values: list[Any]) -> Values:
        return dict(zip(self.shown, values, strict=True))

    def _snippet(self, language: str, url: str, values: Values) -> str:
        inputs, options = self._typed(values)
        if self.chat:  # its box is emptied once the question is answered
            question = self.task.inputs[-1].name
            turns = self.view.reads()[0]
            inputs[question] = inputs[question] or last_question(values[turns])
        inputs = code.filled(self.task, inputs, self.tab.examples[0])
        model = values[self.model] or "auto"
        return code.snippet(
            self.task, self.tab.transformers, language, url, inputs, options, model, self.playground
        )
