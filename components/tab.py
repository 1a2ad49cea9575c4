"""The frame of a tab: everything that is the same in all of them, built from a description.

A task's own file says what is shown and which examples there are; widgets, options, model picker,
Run and Stop, progress, errors, JSON and code are made here.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.components import Component

from components import ahead, code, offers, picker, status
from components.javascript import call
from components.results import View
from components.results.conversation import last_question
from components.results.json_text import json_text
from components.runs import Runs
from components.screen import Screen
from components.widgets import input_widget, option_widget
from pipelines import Playground, PlaygroundError
from pipelines.errors import Cancelled
from pipelines.inputs import Labels, Messages
from pipelines.playground import Answer
from pipelines.registry import task as find_task
from pipelines.task import Task

log = logging.getLogger("playground")
REDRAW_SECONDS = 0.2  # a chat redrawn more often keeps a busy page from hearing a click


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
                self.inputs = [input_widget(p, settings) for p in task.inputs]
                if self.tab.extra:
                    self.tab.extra(self.inputs)
                with gr.Row():
                    self.run = gr.Button("Run", variant="primary", min_width=100)
                    self.stop = gr.Button("Stop", interactive=False, min_width=100)
                visible = [p for p in task.options if p.name not in self.tab.hidden]
                with gr.Accordion("Options", open=False, visible=bool(visible)):
                    self.options = [
                        option_widget(p, self.tab.defaults.get(p.name, p.default)) for p in visible
                    ]
                self.option_names = [p.name for p in visible]
                gr.Examples(
                    self.tab.examples,
                    self.inputs,
                    label="Examples (click to fill in)",
                    example_labels=self._example_labels(),
                )
            with gr.Column(scale=5, min_width=300):
                self.status = gr.HTML(status.idle(), elem_classes="status")
                self.queue = gr.HTML(visible=False, elem_classes="queue")
                self.consent = gr.Button("", visible=False, size="sm", variant="primary")
                self.agreed = gr.State("")
                self.recommend = gr.Button("", visible=False, size="sm")
                self.shown = self.view.build()
                if self.chat:
                    gr.ClearButton(self.shown, value="New conversation", size="sm")
                with gr.Accordion("JSON, in the Hub's shape", open=False):
                    self.json = gr.Code(language="json", label="Result", interactive=False)
                self.language, self.snippet, self.code = code.build()

    def _example_labels(self) -> list[str] | None:
        """Examples with labels are shown as lines: gradio's table leaves chips out."""
        if not any(isinstance(p.spec, Labels) for p in self.task.inputs):
            return None
        return [f"{text} ({', '.join(labels)})" for text, labels in self.tab.examples]

    def _wire(self) -> None:
        given = [*self.inputs, *self.options, self.model]
        boxes = [
            widget
            for parameter, widget in zip(self.task.inputs, self.inputs, strict=True)
            if isinstance(widget, gr.Textbox) and getattr(parameter.spec, "lines", 1) == 1
        ]
        outputs = [self.status, self.json, self.stop, self.recommend, self.consent, self.queue]
        running: dict[str, Any] = {
            "fn": self._run,
            "inputs": [*given, *self.shown, self.agreed],
            "outputs": [*self.shown, *outputs],
            "preprocess": False,
            "show_progress": "hidden",
            "concurrency_limit": None,
            "api_visibility": "private",
        }
        given_at_once = [self.run.click, *(box.submit for box in boxes)]
        ran = [gr.on(given_at_once, trigger_mode="multiple", **running)]
        agreeing = self.consent.click(
            lambda model: model,
            self.model,
            self.agreed,
            preprocess=False,
            api_visibility="private",
            show_progress="hidden",
        )
        ran.append(agreeing.then(**running))
        if self.chat:
            for one in ran:
                one.then(
                    None, [box := self.inputs[-1], *self.shown], box, js=call("emptyWhenAsked")
                )
            asking = [*given, *self.shown]
            ahead.chat(box, asking, self._asked, self.task.id, self.playground, self.runs)
        self.stop.click(self._stop, None, None, api_visibility="private", queue=False)
        picker.wire(self.model, self.about, [self.json.change], self.task, self.playground)
        picker.wire_offer(self.recommend, self.model, self.task, self.playground)
        named = dict(zip(self.option_names, self.options, strict=True))
        offers.wire(self.model, named, self.task, self.playground)
        self.view.wire(self.json)
        talk = self.shown if self.chat else []
        shown = [*given, *self.view.options().values(), *talk]
        code.wire(self.language, self.snippet, self.code, shown, self._snippet, self.json)

    def _read(self, values: tuple[Any, ...]) -> tuple[dict[str, Any], dict[str, Any], str]:
        """Inputs, options and model out of the widgets' values."""
        names = [parameter.name for parameter in self.task.inputs]
        inputs = dict(zip(names, values, strict=False))
        rest = values[len(names) :]
        options = dict(zip(self.option_names, rest, strict=False))
        return inputs, options, rest[len(self.option_names)] or "auto"

    def _asked(self, values: tuple[Any, ...]) -> tuple[dict[str, Any], str]:
        """What is sent, and to which model."""
        inputs, _, model = self._read(values)
        inputs = self.view.gather(inputs, list(values[self._held]))
        return {p.name: inputs[p.name] for p in self.task.inputs}, model

    def _run(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, *values: Any
    ) -> Iterator[list[Any]]:
        session = str(request.session_hash)
        ahead.stop(self.runs, session, self.task.id)
        cancel = self.runs.enter(session, self.task.id)
        screen = Screen(len(self.shown))
        hidden = gr.update(visible=False)
        last: dict[str, Any] = {"queue": hidden, "consent": hidden}
        try:
            for before in self.runs.wait(session, self.task.id, cancel):
                yield screen(queue=gr.update(value=status.queued(before), visible=True))
            yield screen(queue=hidden)
            values = self._gone_on(values, self.runs.handed(session, self.task.id))
            token = signed_in.token if signed_in else None
            yield from self._answers(values, cancel, screen, last, token)
        except Cancelled:
            yield screen(status=status.stopped())
        except PlaygroundError as error:
            yield screen(self.view.clear(), status=status.error(error), json="")
        except Exception:
            log.exception("the tab of %s failed", self.task.id)
            trouble = PlaygroundError(
                "Something in this page went wrong.", "Try again; the log has the details."
            )
            yield screen(self.view.clear(), status=status.error(trouble), json="")
        finally:
            cancel.set()
            said = values[self._held] if gr.skip() in screen.shown else screen.shown
            waiting = self.runs.leave(session, self.task.id, cancel, said)
        yield screen(stop=gr.update(interactive=waiting > 0), **last)

    @property
    def _held(self) -> slice:
        """Where among a run's values stands what its tab shows."""
        before = len(self.inputs) + len(self.options) + 1
        return slice(before, before + len(self.shown))

    def _gone_on(self, values: tuple[Any, ...], shown: Any) -> tuple[Any, ...]:
        """The values of a run that waited: its chat goes on from what was said meanwhile."""
        if not self.chat or not shown:
            return values
        return (*values[: self._held.start], *shown, *values[self._held.stop :])

    def _answers(
        self,
        values: tuple[Any, ...],
        cancel: Any,
        screen: Screen,
        last: dict[str, Any],
        token: str | None,
    ) -> Iterator[list[Any]]:
        """Yield the run's words; what its last word shall add goes into `last`."""
        inputs, options, model = self._read(values)
        held, agreed = values[self._held], values[-1]
        inputs = self.view.gather(inputs, list(held))
        names = {p.name for p in self.task.options}
        options.update({name: inputs[name] for name in names & set(inputs)})
        sent = {p.name: inputs[p.name] for p in self.task.inputs}
        inputs = {**options, **inputs}
        asked = model != agreed and self.playground.large_download(self.task.id, model, token)
        if asked:
            entry, cost = asked
            ask = f"Download {cost.download_bytes / 1e6:,.0f} MB and run"
            last["consent"] = gr.update(visible=True, value=ask)
            price = picker.price(cost, self.playground)
            yield screen(status=status.consent(entry.title, price), **last)
            return
        yield screen(
            status=status.started(),
            stop=gr.update(interactive=True),
            consent=gr.update(visible=False),
        )
        sent = self.tab.batch({**sent, **options}) if self.tab.batch else sent
        for event in self.playground.stream(
            self.task.id, sent, model, options, cancel, REDRAW_SECONDS, token
        ):
            if not isinstance(event, Answer):
                yield screen(status=status.progress(event))
                continue
            final = event.facts is not None
            shown = self.view.show(event.value, inputs, final)
            if not final:
                yield screen(shown, status=status.started())
        yield screen(
            shown,
            status=status.done([event]),
            json=json_text(self.view.json(event.value, inputs)),
            recommend=picker.offer(event, self.task, self.playground),
        )

    def _stop(self, request: gr.Request) -> None:
        self.runs.stop(str(request.session_hash), self.task.id)

    def _snippet(self, language: str, url: str, values: tuple[Any, ...]) -> str:
        inputs, options, model = self._read(values)
        shown = values[len(self.inputs) + len(self.options) + 1 :]
        options |= zip(self.view.options(), shown, strict=False)
        if self.chat:  # its box is emptied once the question is answered
            question = self.task.inputs[-1].name
            inputs[question] = inputs[question] or last_question(values[-1])
        inputs = code.filled(self.task, inputs, self.tab.examples[0])
        return code.snippet(
            self.task, self.tab.transformers, language, url, inputs, options, model, self.playground
        )
