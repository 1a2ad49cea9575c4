"""The life of one run, for whoever has components to fill: a task's tab or a column of a lab.

Here are the visitor's queue, consent to a large download, progress, Stop, and how a run ends: done,
stopped or with an error. What is computed, and which outputs show it, is the caller's `Work`.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.components import Component

from components import picker, status
from components.event_options import QUIET
from components.output_state import OutputState, Values, skipped
from components.runs import Cancel, Runs
from components.server.callers import received
from components.translations import text
from pipelines import Playground, PlaygroundError
from pipelines.errors import Cancelled
from pipelines.playground import Answer
from pipelines.store import Progress
from pipelines.store.download import is_full, no_room
from pipelines.task import Task

log = logging.getLogger("playground")
REDRAW_SECONDS = 0.2  # a chat redrawn more often keeps a busy page from hearing a click


@dataclass(frozen=True)
class Visit:
    """One run of one visitor: what its inputs hold, the model they picked, what Stop sets."""

    values: Values
    model: str
    cancel: threading.Event
    token: str | None


@dataclass(frozen=True)
class Update:
    """New values of some outputs, and the line of status; without one it stays as it is."""

    values: Mapping[Component, Any]
    status: str | None = None


@dataclass(frozen=True)
class Work:
    """What one run computes, and what its outputs are when it fails or is stopped.

    `queues`: it waits for the visitor's runs before it, and begins with the outputs that the last
    of them left in its inputs, as a chat's turns. `fetches`: it may load or, with consent, download
    the model; other work goes on with what is there. `quiet`: it says nothing but errors.
    """

    events: Callable[[Visit], Iterator[Progress | Update]]
    failed: Mapping[Component, Any] = field(default_factory=dict)
    stopped: Mapping[Component, Any] = field(default_factory=dict)
    queues: bool = False
    fetches: bool = True
    quiet: bool = False


@dataclass(frozen=True)
class Controls:
    """The components of every place that runs something. `queue` is there where runs queue;
    `agreed` keeps the model whose download was agreed to."""

    model: gr.Dropdown
    status: gr.HTML
    stop: gr.Button
    consent: gr.Button
    agreed: gr.State
    queue: gr.HTML | None = None

    @property
    def inputs(self) -> set[Component]:
        """The components whose values every run reads."""
        return {self.model, self.agreed}

    @property
    def outputs(self) -> list[Component]:
        """The components that every run updates."""
        told = [self.status, self.stop, self.consent, self.queue]
        return [one for one in told if one is not None]


class Runner:
    """Runs what one place on the page asks for: `name` is its queue, `purpose` what its button does
    with a model that has to be downloaded first. `agreeing` is the event that follows consent."""

    def __init__(
        self,
        playground: Playground,
        runs: Runs,
        name: str,
        task: Task,
        controls: Controls,
        purpose: str,
    ) -> None:
        self.playground = playground
        self.runs = runs
        self.name = name
        self.task = task
        self.controls = controls
        self.purpose = purpose
        self.agreeing = controls.consent.click(
            lambda model: model,
            controls.model,
            controls.agreed,
            preprocess=False,
            **QUIET,
        )
        controls.stop.click(self._stop, None, None, api_visibility="private", queue=False)

    def event(
        self, run: Callable[..., Any], inputs: set[Component], outputs: Sequence[Component]
    ) -> dict[str, Any]:
        """The options of an event that runs something here, as many at once as there are visitors.

        The values of the inputs come as the page sends them, by component."""
        return {
            "fn": run,
            "inputs": inputs | self.controls.inputs,
            "outputs": [*outputs, *self.controls.outputs],
            "preprocess": False,
            "concurrency_limit": None,
            **QUIET,
        }

    def run(
        self,
        work: Work,
        values: Values,
        request: gr.Request,
        signed_in: gr.OAuthToken | None,
    ) -> Iterator[Values]:
        """Yield what the outputs show, to the end of the run whatever happens.

        `values` are those of the inputs, by component, as gradio gives them to a handler whose
        `inputs` are a set.
        """
        session, token = str(request.session_hash), signed_in.token if signed_in else None
        controls, outputs = self.controls, OutputState()
        cancel = self.runs.enter(session, self.name, received(request))
        try:
            if work.queues:
                yield from self._wait(session, cancel, outputs)
                values = {**values, **self._left_before(session)}
            visit = Visit(values, values[controls.model] or "auto", cancel, token)
            if work.fetches and (asked := self._asks(visit)):
                outputs(asked)
            else:
                if work.fetches:
                    yield outputs(
                        {
                            controls.status: status.started(),
                            controls.stop: gr.update(interactive=True),
                            controls.consent: gr.update(visible=False),
                        }
                    )
                for event in work.events(visit):
                    if cancel.discarded:
                        raise Cancelled
                    if isinstance(event, Update):
                        line = gr.skip() if event.status is None else event.status
                        yield outputs({**event.values, controls.status: line})
                    elif not work.quiet:
                        on = gr.update(interactive=True)
                        yield outputs({controls.status: status.progress(event), controls.stop: on})
        except Cancelled as stopped:
            outputs({**work.stopped, controls.status: status.stopped(stopped)})
        except PlaygroundError as error:
            outputs({**work.failed, controls.status: status.error(error)})
        except Exception as error:
            log.exception("a run of %s failed", self.name)
            trouble = PlaygroundError(
                text("Something in this page went wrong."),
                text("Try again; the log has the details."),
            )
            trouble = no_room() if is_full(error) else trouble
            outputs({**work.failed, controls.status: status.error(trouble)})
        finally:
            cancel.set()
            leaving: Values | None = None
            if cancel.discarded:
                outputs.values.clear()
            elif work.queues:
                shown = outputs.values.items()
                read = {one: value for one, value in shown if one in values and not skipped(value)}
                leaving = {**self._left_before(session), **read}
            waiting = self.runs.leave(session, self.name, cancel, leaving)
        end: Values = {controls.stop: gr.update(interactive=waiting > 0)}
        if work.fetches and controls.consent not in outputs.values:
            end[controls.consent] = gr.update(visible=False)
        yield outputs(end, self._queue(visible=False) if work.queues else None)

    def _wait(self, session: str, cancel: Cancel, outputs: OutputState) -> Iterator[Values]:
        """Say the place in the queue until it is this run's turn.

        Raises:
            Cancelled: Stop was pressed meanwhile.
        """
        for before in self.runs.wait(session, self.name, cancel):
            yield outputs(once=self._queue(value=status.queued(before), visible=True))
        if cancel.is_set():
            raise Cancelled
        yield outputs(once=self._queue(visible=False))

    def _queue(self, **looks: Any) -> Values:
        assert self.controls.queue is not None
        return {self.controls.queue: gr.update(**looks)}

    def _left_before(self, session: str) -> Values:
        """What the run before left in outputs that are inputs of the next one, too."""
        return self.runs.handed(session, self.name) or {}

    def _asks(self, visit: Visit) -> Values | None:
        """The question whether to download a large model, unless it was agreed to."""
        controls = self.controls
        if visit.model == visit.values[controls.agreed]:
            return None
        large = self.playground.large_download(self.task.id, visit.model, visit.token)
        if not large:
            return None
        entry, cost = large
        button = text(
            f"Download {{size}} MB and {self.purpose}", size=f"{cost.download_bytes / 1e6:,.0f}"
        )
        return {
            controls.status: status.consent(entry.title, picker.price(cost, self.playground)),
            controls.consent: gr.update(visible=True, value=button),
        }

    def _stop(self, request: gr.Request) -> None:
        self.runs.stop(str(request.session_hash), self.name)

    def discard(self, request: gr.Request) -> Values:
        """Stop what runs here, for its outputs now show something else; what the line of status
        then says, if anything ran."""
        session = str(request.session_hash)
        if not self.runs.discard(session, self.name, asked=received(request)):
            return {}
        return {self.controls.status: status.stopped(Cancelled())}


def stream(
    playground: Playground,
    task_id: str,
    inputs: Mapping[str, Any],
    options: Mapping[str, Any],
    visit: Visit,
) -> Iterator[Progress | Answer]:
    """What the playground answers: the page asks it nowhere else.

    Raises:
        PlaygroundError: a sentence and a hint; Cancelled when the run was stopped.
    """
    return playground.stream(
        task_id, inputs, visit.model, options, visit.cancel, REDRAW_SECONDS, visit.token
    )
