"""The frame of lab 1's columns: the model's picker, its sliders, its line, and the wiring.

A column says what is computed of an opened model and what is drawn; progress, times, errors and
what is cut are told here, at one place.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import gradio as gr
from gradio.components import Component

from components import status
from components.labs.drawings import safe
from pipelines import Playground, PlaygroundError
from pipelines.errors import InputError
from pipelines.labs.attention import ATTENTION_NOTE, Family, Reading
from pipelines.labs.opening import TASKS, LabModel, Worked, work

log = logging.getLogger("playground")
IDLE = "Press Look inside."
# A click on something that carries data-take is an event with that value and the data-at around
# it, and so is Enter on what has the keyboard's focus without being a button.
TAKE = (
    "const take = e => {const b = e.target.closest('[data-take]');"
    "if (b) trigger('click', {take: b.dataset.take, at: b.closest('[data-at]').dataset.at});};"
    "element.addEventListener('click', take);"
    "element.addEventListener('keydown', e => {"
    "if (e.key === 'Enter' && e.target.closest('g')) take(e);});"
)


@dataclass(frozen=True)
class Shown:
    """What a piece of work gives the page: its outputs, and what is to be said beside them."""

    outputs: list[Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What the figures of a column are of, whatever is typed or picked meanwhile."""

    model: str
    sentence: str
    target: str = ""


Do = Callable[..., Shown]


class Column:
    """One family's column. `do` gets the opened model and the values of its inputs."""

    def __init__(
        self, playground: Playground, family: Family, title: str, says: str, hubs: Sequence[str]
    ) -> None:
        self.playground = playground
        self.family = family
        gr.HTML(f"<h3>{title}</h3><p>{says}</p>", elem_classes="about")
        entries = playground.catalogue.for_task(TASKS[family])
        starter = playground.catalogue.starter(TASKS[family])
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
            allow_custom_value=not public,
            filterable=True,
        )
        self.status = gr.HTML(_line("idle", IDLE), elem_classes=["status", "lab-status"])

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
        clear: bool = False,
        event: bool = False,
        after: Any = None,
    ) -> Any:
        """Work when one of the triggers comes; `clear` empties the figures when it fails.

        `after` is what an earlier `on` returned, in place of triggers: the work comes after it, and
        unless it fails the line of status stays that of the earlier one.

        With `event`, what the click tells is the first value after the model.
        """

        def plain(name: str, *values: Any) -> Iterator[list[Any]]:
            yield from self._answer(do, name, values, outputs, clear, after is not None)

        def clicked(event: gr.EventData, name: str, *values: Any) -> Iterator[list[Any]]:
            yield from self._answer(do, name, (event._data, *values), outputs, clear)

        listen = after.then if after is not None else partial(gr.on, list(triggers))
        return listen(
            clicked if event else plain,
            [self.model, *inputs],
            [*outputs, self.status],
            show_progress="hidden",
            trigger_mode="always_last",
            concurrency_limit=None,
            api_visibility="private",
        )

    def _answer(
        self,
        do: Do,
        name: str,
        values: tuple[Any, ...],
        outputs: Sequence[Component],
        clear: bool,
        quiet: bool = False,
    ) -> Iterator[list[Any]]:
        empty = {gr.HTML: "", gr.State: None} if clear else {}
        nothing = [empty.get(type(one), gr.skip()) for one in outputs]
        try:
            for event in work(
                self.playground, self.family, name or "auto", lambda lab: do(lab, *values)
            ):
                if isinstance(event, Worked):
                    yield [*event.value.outputs, gr.skip() if quiet else _told(event)]
                elif not quiet:
                    yield [*[gr.skip()] * len(outputs), status.progress(event)]
        except PlaygroundError as error:
            yield [*nothing, status.error(error)]


def _told(worked: Worked) -> str:
    notes = "".join(f"<li>{safe(note)}</li>" for note in worked.value.notes)
    loaded = f" · loaded in {worked.load_seconds:.1f} s" if worked.load_seconds else ""
    return _line(
        "done",
        f"<b>{escape(worked.title)}</b>{loaded} · {worked.seconds:.2f} s · "
        f"<small>{ATTENTION_NOTE}</small>" + (f"<ul>{notes}</ul>" if notes else ""),
    )


def _line(kind: str, text: str) -> str:
    return f'<div class="{kind}" role="status" aria-live="polite">{text}</div>'


def remarks(lab: LabModel, reading: Reading, cut_at: str = "end") -> tuple[str, ...]:
    """What a reader has to know of how the model read the text."""
    notes = []
    if reading.cut:
        notes.append(
            f"The text is too long to draw: its {cut_at} was cut, {reading.cut} of "
            f"{reading.cut + len(reading.ids)} tokens."
        )
    unknown = sum(i == lab.tokenizer.unk_token_id for i in reading.ids)
    if unknown and unknown * 3 >= sum(not one for one in reading.special) + unknown:
        notes.append(
            f"This model was not made for this script: {unknown} of its "
            f"{len(reading.ids)} tokens are unknown to it."
        )
    return tuple(notes)


def still(lab: LabModel, subject: Subject | None) -> Subject:
    """The subject, if it can be gone on with.

    Raises:
        InputError: nothing was looked at yet, or by another model.
    """
    if not subject:
        raise InputError("There is no text yet.", "Press Look inside first.")
    if subject.model != lab.name:
        raise InputError("The text was read by another model.", "Press Look inside again.")
    return subject


def fitted(layer: float, head: float, shape: Sequence[int], least: int = 1) -> list[Any]:
    """The sliders of layer and head for a model with so many of them."""
    return [
        gr.update(minimum=least, maximum=most, value=max(least, min(int(value), most)))
        for value, most in ((layer, shape[0]), (head, shape[1]))
    ]


def at(value: float, most: int) -> int:
    """The index a slider from 1 means, kept within the model."""
    return max(1, min(int(value), most)) - 1
