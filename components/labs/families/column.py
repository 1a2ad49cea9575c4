"""The frame of lab 1's columns: the model's picker, its sliders, its line, and the wiring.

A column says what is computed of an opened model and what is drawn; progress, times, errors and
what is cut are told here, at one place.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from components import picker, status
from components.labs.families.events import Act, Do, NothingOpenError, line, outcome
from components.labs.families.figures import Shown
from components.runs import Runs
from pipelines import Playground, PlaygroundError
from pipelines.catalogue import Entry
from pipelines.errors import Cancelled
from pipelines.labs.families.attention import Family
from pipelines.labs.families.session import TASKS, LabModel, Worked, is_open, work
from pipelines.registry import task as find_task
from pipelines.store import Progress

IDLE = "Press Look inside."


class Column:
    """One family's column. `do` gets the opened model and the values of its inputs."""

    def __init__(
        self, playground: Playground, family: Family, title: str, says: str, hubs: Sequence[str]
    ) -> None:
        self.playground = playground
        self.family = family
        self.task = find_task(TASKS[family])
        gr.HTML(f"<h3>{title}</h3><p>{says}</p>", elem_classes="about")
        entries = playground.catalogue.for_task(self.task.id)
        starter = playground.catalogue.starter(self.task.id)
        public = playground.settings.public
        choices = [(e.title, e.name) for e in entries if e.engine != "auto"]
        choices += [] if starter else [("the starter, when there is one", "auto")]
        listed = {e.hub for e in entries}
        more = [] if public else [hub for hub in hubs if hub not in listed]
        choices += [(f"{hub} (from the Hub)", hub) for hub in more]
        self.model = gr.Dropdown(
            choices,
            value=starter.name if starter else "auto",
            label=f"Model ({title.lower()})",
            info="from the list" + ("" if public else ", or any Hub id of this family"),
            allow_custom_value=True,  # as in picker.py
            filterable=True,
        )
        self.about = gr.HTML(elem_classes="about-model")
        with gr.Row():
            self.status = gr.HTML(line("idle", IDLE), elem_classes=["status", "lab-status"])
            self.stop = gr.Button("Stop", interactive=False, size="sm", min_width=60, scale=0)
        self.consent = gr.Button("", visible=False, size="sm", variant="primary")
        self.told = [self.status, self.stop, self.consent]
        self.agreed = gr.State("")
        self.runs = Runs()
        picker.wire(self.model, self.about, [], self.task, playground)
        asking: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        self.consent.click(lambda name: name, self.model, self.agreed, preprocess=False, **asking)
        self.stop.click(self._stop, None, None, queue=False, api_visibility="private")

    def sliders(self, least: int = 1) -> tuple[gr.Slider, gr.Slider]:
        """Layer and head; 0, where there is a 0, is the mean of all."""
        zero = " (0: all)" if not least else ""
        with gr.Row():
            layer = gr.Slider(least, 6, least, step=1, label="Layer" + zero, min_width=120)
            head = gr.Slider(least, 12, least, step=1, label="Head" + zero, min_width=120)
        return layer, head

    def on(
        self,
        triggers: Sequence[Any],
        do: Do,
        inputs: Sequence[Component],
        outputs: Sequence[Component],
        clear: Sequence[Component] = (),
        event: bool = False,
        after: Any = None,
    ) -> Any:
        """Work when one of the triggers comes; `clear` are the figures emptied when it fails.

        `after` is what an earlier `on` returned, in place of triggers: the work comes after it, and
        unless it fails the line of status stays that of the earlier one.

        The first input is the state of what was looked at; with `event`, what the click tells is
        the value after it.
        """

        act = Act(do, outputs, begins=False, clear=clear, quiet=after is not None)

        def plain(request: gr.Request, signed_in: gr.OAuthToken | None, *values: Any) -> list[Any]:
            *_, shown = self.answer(act, request, signed_in, *values)
            return shown

        def clicked(
            event: gr.EventData,
            request: gr.Request,
            signed_in: gr.OAuthToken | None,
            name: str,
            agreed: str,
            subject: Any,
            *values: Any,
        ) -> list[Any]:
            return plain(request, signed_in, name, agreed, subject, event._data, *values)

        return listen(
            after.then if after is not None else partial(gr.on, list(triggers)),
            clicked if event else plain,
            [self.model, self.agreed, *inputs],
            [*outputs, *self.told],
        )

    def answer(
        self,
        act: Act,
        request: gr.Request,
        signed_in: gr.OAuthToken | None,
        name: str | None,
        agreed: str,
        *values: Any,
    ) -> Iterator[list[Any]]:
        """What is shown: progress, then what the act did; its outputs, then `told`."""
        name = name or "auto"
        session, hidden = str(request.session_hash), gr.update(visible=False)
        token = signed_in.token if signed_in else None
        cancel = self.runs.enter(session, self.family)
        ended: list[Any] = []
        try:
            if not act.begins:
                self._goes_on(name, values[0])
            elif price := self._asked(name, agreed, token):
                ended = [*act.nothing(), *price]
            for event in () if ended else self.work(act.do, name, values, token, cancel):
                if isinstance(event, Worked):
                    said = gr.skip() if act.quiet else outcome(event)
                    ended = [*event.value.outputs, said, hidden]
                elif not act.quiet:
                    on = gr.update(interactive=True)
                    yield [*act.same(), status.progress(event), on, hidden]
        except Cancelled:
            ended = [*act.nothing(), status.stopped(), hidden]
        except NothingOpenError as error:  # when it is quiet, what it comes after has told why
            said = gr.skip() if act.quiet else status.error(error)
            ended = [*act.nothing(), said, gr.skip()]
        except PlaygroundError as error:
            ended = [*act.nothing(), status.error(error), hidden]
        finally:
            left = self.runs.leave(session, self.family, cancel)
        *shown, said, ask = ended
        yield [*shown, said, gr.update(interactive=left > 0), ask]

    def work(
        self, do: Do, name: str, values: tuple[Any, ...], token: str | None, cancel: Any = None
    ) -> Iterator[Progress | Worked]:
        """Do it with the model of this name; the values are given on.

        Raises:
            PlaygroundError: a sentence and a hint.
        """

        def applied(lab: LabModel) -> Shown:
            return do(lab, *values)

        yield from work(self.playground, self.family, name, applied, cancel, token)

    def _goes_on(self, name: str, subject: Any) -> None:
        """A click may load a model that had to make room, but never waits for one to come.

        Raises:
            NothingOpenError: nothing was looked at yet, or by another model, or its files are gone.
        """
        if not subject:
            raise NothingOpenError("There is no text yet.", "Press Look inside first.")
        entry = self._chosen(name)
        again = "Press Look inside again."
        if subject.model != entry.name:
            raise NothingOpenError("The text was read by another model.", again)
        playground = self.playground
        if not is_open(playground, self.family, entry) and not playground.store.local(entry):
            raise NothingOpenError(f"{entry.title} is not on this machine any more.", again)

    def _chosen(self, name: str) -> Entry:
        playground = self.playground
        return playground.resolve(self.task, name)

    def is_open(self, name: str | None) -> bool:
        """Whether the model is in memory."""
        try:
            return is_open(self.playground, self.family, self._chosen(name or "auto"))
        except PlaygroundError:  # whoever waits for the model is told
            return False

    def _asked(self, name: str, agreed: str, token: str | None) -> list[Any] | None:
        """The status line and the button of a large download that was not agreed to."""
        if name == agreed:
            return None
        asked = self.playground.large_download(self.task.id, name, token)
        if not asked:
            return None
        entry, cost = asked
        ask = f"Download {cost.download_bytes / 1e6:,.0f} MB and look inside"
        told = status.consent(entry.title, picker.price(cost, self.playground))
        return [told, gr.update(visible=True, value=ask)]

    def _stop(self, request: gr.Request) -> None:
        self.runs.stop(str(request.session_hash), self.family)


def listen(
    to: Callable[..., Any],
    do: Callable[..., Any],
    inputs: Sequence[Component],
    outputs: Sequence[Component] | None,
    queue: bool = False,
) -> Any:
    """Do it at an event. gradio's queue tells progress, and takes some tenths of a second."""
    return to(
        do,
        inputs,
        outputs,
        show_progress="hidden",
        trigger_mode="always_last",
        queue=queue,
        concurrency_limit=None,
        api_visibility="private",
    )
