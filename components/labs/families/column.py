"""The frame of lab 1's columns: model picker, sliders, line of status, and the events.

A column says what is computed of an opened model and which figures it gives; components/runner.py
has the life of that, and here is what all columns say of it.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components import picker, status
from components.event_options import QUIET
from components.labs.families.events import Do, NothingOpenError, outcome
from components.labs.families.figures import SEES, Shown
from components.output_state import Values
from components.runner import Controls, Runner, Update, Visit, Work
from components.runs import Runs
from components.translations import text
from pipelines import Playground, PlaygroundError
from pipelines.catalogue import Entry
from pipelines.labs.families.attention import Family
from pipelines.labs.families.session import TASKS, LabModel, Worked, is_open, work
from pipelines.registry import task as find_task
from pipelines.store import Progress

IDLE = "Press Look inside."


class Column:
    """One family's column. `subject` is what its figures are of, and an input of all that is done
    after the look that set it."""

    def __init__(
        self,
        playground: Playground,
        runs: Runs,
        family: Family,
        title: str,
        says: str,
        hubs: Sequence[str],
    ) -> None:
        self.playground = playground
        self.runs = runs
        self.family = family
        self.task = find_task(TASKS[family])
        about = Markup("<h3>{}</h3><p>{}</p>").format(text(title), text(says))
        gr.HTML(about, elem_classes="about")
        entries = playground.catalogue.for_task(self.task.id)
        starter = playground.catalogue.starter(self.task.id)
        public = playground.settings.public
        choices = [(e.title, e.name) for e in entries if e.engine != "auto"]
        choices += [] if starter else [(text("the starter, when there is one"), "auto")]
        listed = {e.hub for e in entries}
        more = [] if public else [hub for hub in hubs if hub not in listed]
        choices += [(text("{model} (from the Hub)", model=hub), hub) for hub in more]
        self.model = gr.Dropdown(
            choices,
            value=starter.name if starter else "auto",
            label=text("Model ({family})", family=text(title.lower())),
            info=text("from the list")
            if public
            else text("from the list, or any Hub id of this family"),
            allow_custom_value=True,  # as in picker.py
            filterable=True,
        )
        self.about = gr.HTML(elem_classes="about-model")
        with gr.Row():
            shown = gr.HTML(status.info(text(IDLE)), elem_classes=["status", "lab-status"])
            stop = gr.Button(text("Stop"), interactive=False, size="sm", min_width=60, scale=0)
        consent = gr.Button("", visible=False, size="sm", variant="primary")
        self.controls = Controls(self.model, shown, stop, consent, gr.State(""))
        self.runner = Runner(
            playground, runs, f"lab {family}", self.task, self.controls, "look inside"
        )
        self.subject = gr.State(None)
        picker.wire(self.model, self.about, [], self.task, playground)

    def sliders(self, least: int = 1) -> tuple[gr.Slider, gr.Slider]:
        """Layer and head; 0, where there is a 0, is the mean of all."""
        layers, heads = text("Layer"), text("Head")
        if not least:
            layers, heads = text("Layer (0: all)"), text("Head (0: all)")
        with gr.Row(elem_classes=[SEES, "lab-places"]):
            layer = gr.Slider(least, 6, least, step=1, label=layers, min_width=120)
            head = gr.Slider(least, 12, least, step=1, label=heads, min_width=120)
        return layer, head

    def on(
        self,
        triggers: Sequence[Any],
        do: Do,
        inputs: Set[Component],
        outputs: Sequence[Component],
        clear: Sequence[Component] = (),
        after: Any = None,
    ) -> Any:
        """Work when one of the triggers comes; `clear` are the figures emptied when it fails.

        `after` is what an earlier `on` returned, in place of triggers: the work comes after it, and
        unless it fails the line of status stays that of the earlier one.
        """
        job = self.work(do, clear, quiet=after is not None)

        def done(request: gr.Request, signed_in: gr.OAuthToken | None, values: Values) -> Values:
            return self.last(job, values, request, signed_in)

        to = after.then if after is not None else partial(gr.on, list(triggers))
        return self._listen(to, done, inputs, outputs)

    def on_pick(
        self,
        triggers: Sequence[Any],
        do: Callable[[LabModel, Values, Any], Shown],
        inputs: Set[Component],
        outputs: Sequence[Component],
    ) -> Any:
        """Work when something in a figure is clicked; `do` gets what the click tells, too."""

        def done(
            event: gr.EventData,
            request: gr.Request,
            signed_in: gr.OAuthToken | None,
            values: Values,
        ) -> Values:
            job = self.work(lambda lab, values: do(lab, values, event._data))
            return self.last(job, values, request, signed_in)

        return self._listen(partial(gr.on, list(triggers)), done, inputs, outputs)

    def _listen(
        self,
        to: Callable[..., Any],
        done: Callable[..., Values],
        inputs: Set[Component],
        outputs: Sequence[Component],
    ) -> Any:
        given = inputs | {self.subject} | self.controls.inputs
        return listen(to, done, given, [*outputs, *self.controls.outputs])

    def last(
        self,
        job: Work,
        values: Values,
        request: gr.Request,
        signed_in: gr.OAuthToken | None,
    ) -> Values:
        """What is shown at the end, for an event that tells no progress."""
        *_, shown = self.runner.run(job, values, request, signed_in)
        return shown

    def work(
        self,
        do: Do,
        clear: Sequence[Component] = (),
        fetches: bool = False,
        quiet: bool = False,
    ) -> Work:
        """What a run of this column computes, and which of its outputs it empties when it fails."""
        empty = {gr.HTML: "", gr.State: None}
        failed = {one: empty[type(one)] for one in clear if type(one) in empty}

        def events(visit: Visit) -> Iterator[Progress | Update]:
            if not fetches:
                try:
                    self._continues(visit)
                except NothingOpenError as error:  # quiet: what it comes after has told why
                    yield Update(failed, None if quiet else status.error(error))
                    return
            for event in self.computed(do, visit):
                if isinstance(event, Worked):
                    yield Update(event.value.figures, None if quiet else outcome(event))
                else:
                    yield event

        return Work(events, failed, stopped=failed, fetches=fetches, quiet=quiet)

    def computed(self, do: Do, visit: Visit) -> Iterator[Progress | Worked]:
        """Do it with the model of this visit.

        Raises:
            PlaygroundError: a sentence and a hint; Cancelled when the run was stopped.
        """

        def applied(lab: LabModel) -> Shown:
            return do(lab, visit.values)

        return work(self.playground, self.family, visit.model, applied, visit.cancel, visit.token)

    def _continues(self, visit: Visit) -> None:
        """A click may load a model that had to make room, but never waits for one to come.

        Raises:
            NothingOpenError: nothing was looked at yet, or by another model, or its files are gone.
        """
        subject = visit.values[self.subject]
        if not subject:
            raise NothingOpenError(text("There is no text yet."), text("Press Look inside first."))
        entry = self._chosen(visit.model)
        again = text("Press Look inside again.")
        if subject.model != entry.name:
            raise NothingOpenError(text("The text was read by another model."), again)
        playground = self.playground
        if not is_open(playground, self.family, entry) and not playground.store.local(entry):
            gone = text("{model} is not on this machine any more.", model=entry.title)
            raise NothingOpenError(gone, again)

    def _chosen(self, name: str) -> Entry:
        playground = self.playground
        return playground.resolve(self.task, name)

    def is_open(self, name: str | None) -> bool:
        """Whether the model is in memory."""
        try:
            return is_open(self.playground, self.family, self._chosen(name or "auto"))
        except PlaygroundError:  # whoever waits for the model is told
            return False


def listen(
    to: Callable[..., Any],
    do: Callable[..., Any],
    inputs: Set[Component],
    outputs: Sequence[Component] | None,
    queue: bool = False,
) -> Any:
    """Do it at an event. gradio's queue tells progress, and takes some tenths of a second."""
    return to(
        do,
        {*inputs},
        outputs,
        trigger_mode="always_last",
        queue=queue,
        concurrency_limit=None,
        **QUIET,
    )
