"""The frame of a tab: everything that is the same in all of them, built from a description.

A task's own file says what is shown and which examples there are; widgets, options, model picker,
Run and Stop, progress, errors, JSON and code are made here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.components import Component

from components import code, language_options, picker, prefetch, status
from components.javascript import call
from components.output_state import Values
from components.results import View
from components.results.conversation import last_question
from components.results.json_text import json_text
from components.runner import Controls, Runner, Update, Visit, Work, stream
from components.runs import Runs
from components.widgets import input_widget, option_widget
from pipelines import Playground
from pipelines.inputs import Labels, Messages
from pipelines.playground import Answer
from pipelines.registry import task as find_task
from pipelines.store import Progress
from pipelines.task import Task


@dataclass(frozen=True)
class Tab:
    """What is special about one task's tab.

    `examples`: rows of input values. `defaults`: options the page starts with instead of the
    endpoint's. `batch`: turns what was typed into a batch of inputs, answered in one run.
    `extra`: makes more components below the inputs, which it is given.
    `transformers`: code for plain transformers, with {model} and the names of inputs and options;
    or several, each after a pattern of the Hub ids it is for: the first that is found, "" is all.
    No code for a pattern: plain transformers does not do the task with those.
    """

    task: str
    view: Callable[[], View]
    examples: list[list[Any]]
    transformers: str | dict[str, str]
    defaults: dict[str, Any] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    batch: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    extra: Callable[[list[Component]], None] | None = None


class TaskTab:
    """One tab on the page: its components and what happens to them."""

    def __init__(self, tab: Tab, playground: Playground, runs: Runs) -> None:
        self.tab = tab
        self.task: Task = find_task(tab.task)
        self.playground = playground
        self.runs = runs
        self.view = tab.view()
        self.chat = any(isinstance(p.spec, Messages) for p in self.task.inputs)
        self._build()
        self._wire()

    def _build(self) -> None:
        task, settings = self.task, self.playground.settings
        gr.HTML(
            f"<h2>{task.title}</h2><p>{task.summary} "
            f"<small>Hugging Face course, chapter 1: “{task.course}” · "
            f'<a href="?task={task.id}">link to this tab</a></small></p>',
            elem_classes="about",
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=300):
                self.model, self.about = picker.build(task, self.playground)
                self.inputs = {p.name: input_widget(p, settings) for p in task.inputs}
                if self.tab.extra:
                    self.tab.extra([*self.inputs.values()])
                with gr.Row():
                    self.run = gr.Button("Run", variant="primary", min_width=100)
                    stop = gr.Button("Stop", interactive=False, min_width=100)
                visible = [p for p in task.options if p.name not in self.tab.hidden]
                with gr.Accordion("Options", open=False, visible=bool(visible)):
                    self.options: dict[str, Component] = {
                        p.name: option_widget(p, self.tab.defaults.get(p.name, p.default))
                        for p in visible
                    }
                gr.Examples(
                    self.tab.examples,
                    [*self.inputs.values()],
                    label="Examples (click to fill in)",
                    example_labels=self._example_labels(),
                )
            with gr.Column(scale=5, min_width=300):
                self.controls = Controls(
                    model=self.model,
                    status=gr.HTML(status.idle(), elem_classes="status"),
                    stop=stop,
                    queue=gr.HTML(visible=False, elem_classes="queue"),
                    consent=gr.Button("", visible=False, size="sm", variant="primary"),
                    agreed=gr.State(""),
                )
                self.recommend = gr.Button("", visible=False, size="sm")
                self.shown = self.view.build()
                self.options |= self.view.options()
                if self.chat:
                    gr.ClearButton(self.shown, value="New chat", size="sm")
                with gr.Accordion("JSON, in the Hub's shape", open=False):
                    self.json = gr.Code(language="json", label="Result", interactive=False)
                self.language, self.snippet, self.code = code.build()

    def _example_labels(self) -> list[str] | None:
        """Examples with labels are shown as lines: gradio's table leaves chips out."""
        if not any(isinstance(p.spec, Labels) for p in self.task.inputs):
            return None
        return [f"{text} ({', '.join(labels)})" for text, labels in self.tab.examples]

    def _wire(self) -> None:
        task, playground = self.task, self.playground
        self.runner = Runner(playground, self.runs, task.id, task, self.controls, "run")
        asking = {*self.inputs.values(), *self.options.values(), self.model, *self.view.reads()}
        lines = [
            self.inputs[parameter.name]
            for parameter in task.inputs
            if getattr(parameter.spec, "lines", 1) == 1
        ]
        boxes = [widget for widget in lines if isinstance(widget, gr.Textbox)]
        running: dict[str, Any] = {
            "fn": self._run,
            "inputs": asking | self.controls.inputs,
            "outputs": [*self.shown, self.json, self.recommend, *self.controls.outputs],
            "preprocess": False,
            "show_progress": "hidden",
            "concurrency_limit": None,
            "api_visibility": "private",
        }
        given_at_once = [self.run.click, *(box.submit for box in boxes)]
        ran = [gr.on(given_at_once, trigger_mode="multiple", **running)]
        ran.append(self.runner.agreeing.then(**running))
        [*_, box] = self.inputs.values()
        if self.chat and isinstance(box, gr.Textbox):
            for one in ran:
                one.then(None, [box, *self.shown], box, js=call("emptyWhenAsked"))
            prefetch.chat(box, asking, self._asked, task.id, playground, self.runs)
        picker.wire(self.model, self.about, [self.json.change], task, playground)
        picker.wire_offer(self.recommend, self.model, task, playground)
        language_options.wire(self.model, self.options, task, playground)
        self.view.wire(self.json)
        code.wire(self.language, self.snippet, self.code, asking, self._snippet, self.json)

    def _typed(self, values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
        """Inputs and options as they stand in the widgets."""
        inputs = {name: values[widget] for name, widget in self.inputs.items()}
        return inputs, {name: values[widget] for name, widget in self.options.items()}

    def _complete(self, inputs: dict[str, Any], values: Values) -> dict[str, Any]:
        """The inputs, with what the view holds of them."""
        view_values = {component: values[component] for component in self.view.reads()}
        return self.view.complete_inputs(inputs, view_values)

    def _asked(self, values: Values) -> tuple[dict[str, Any], str]:
        """What is sent, and to which model."""
        inputs, _ = self._typed(values)
        return self._complete(inputs, values), values[self.model] or "auto"

    def _run(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        prefetch.stop(self.runs, str(request.session_hash), self.task.id)
        failed = {**self._shown(self.view.clear()), self.json: ""}
        work = Work(self._answers, failed, queues=True)
        yield from self.runner.run(work, values, request, signed_in)

    def _answers(self, visit: Visit) -> Iterator[Progress | Update]:
        """Progress and growing answers; the last one with its JSON and what it cost."""
        inputs, options = self._typed(visit.values)
        inputs = self._complete(inputs, visit.values)
        shown = {**options, **inputs}
        asked = {**options, **self.view.asks}
        sent = self.tab.batch({**inputs, **asked}) if self.tab.batch else inputs
        for event in stream(self.playground, self.task.id, sent, asked, visit):
            if not isinstance(event, Answer):
                yield event
                continue
            final = event.facts is not None
            values = self._shown(self.view.show(event.value, shown, final))
            if not final:
                yield Update(values, status.started())
                continue
            values[self.json] = json_text(self.view.json(event.value, shown))
            values[self.recommend] = picker.offer(event, self.task, self.playground)
            yield Update(values, status.done([event]))

    def _shown(self, values: list[Any]) -> Values:
        return dict(zip(self.shown, values, strict=True))

    def _snippet(self, language: str, url: str, values: Values) -> str:
        inputs, options = self._typed(values)
        if self.chat:  # its box is emptied once the question is answered
            question = self.task.inputs[-1].name
            [turns] = self.view.reads()
            inputs[question] = inputs[question] or last_question(values[turns])
        inputs = code.filled(self.task, inputs, self.tab.examples[0])
        model = values[self.model] or "auto"
        return code.snippet(
            self.task, self.tab.transformers, language, url, inputs, options, model, self.playground
        )
