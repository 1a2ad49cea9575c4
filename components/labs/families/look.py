"""A look into a new sentence: all columns of lab 1 in one event, each by itself where it waits.

Each word of an event takes gradio's client 0.03 s on this page, so the columns share one. A column
whose model is not in memory, or takes its time, goes on in gradio's queue, which tells progress.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

import gradio as gr
from gradio.components import Component

from components import picker, prefetch
from components.labs.families.column import Column, listen
from components.labs.families.events import Act, Do
from components.labs.families.figures import Shown
from pipelines import PlaygroundError
from pipelines.labs.families.session import LabModel

SOON = 1.0  # seconds that a column may keep the others waiting


class Look:
    """What one column does of a new sentence; `then` comes after it, with what it looked at."""

    def __init__(
        self,
        column: Column,
        do: Do,
        inputs: Sequence[Component],
        outputs: Sequence[Component],
        also: Sequence[Any] = (),
    ) -> None:
        def look(lab: LabModel, *values: Any) -> Shown:
            shown = do(lab, *values)
            facts = picker.describe(lab.name, column.task, column.playground)  # it may be new here
            return Shown([*shown.outputs, facts], shown.notes)

        self.column = column
        self.act = Act(look, [*outputs, column.about], begins=True, clear=outputs, quiet=False)
        self.given = [column.model, column.agreed, *inputs]
        self.waits = gr.Number(visible="hidden")
        self.shown = [*self.act.outputs, *column.told, self.waits]
        waiting = partial(gr.on, [self.waits.change, column.agreed.change])
        self.afterwards: list[tuple[Do, Sequence[Component], Sequence[Component]]] = []
        self.events = [listen(waiting, self.in_queue, self.given, self.shown[:-1], queue=True)]
        if also:
            self.events.append(listen(partial(gr.on, also), self.at_once, self.given, self.shown))

    def at_once(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, name: str, *values: Any
    ) -> list[Any]:
        """What is shown, of a model in memory."""
        if not self.column.is_open(name):
            return self.later()
        *_, shown = self.column.answer(self.act, request, signed_in, name, *values)
        return [*shown, gr.skip()]

    def later(self) -> list[Any]:
        """What is shown until the queue has begun."""
        return [*self.act.nothing(), *[gr.skip() for _ in self.column.told], time.time()]

    def in_queue(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, *values: Any
    ) -> Iterator[list[Any]]:
        """What is shown, after progress."""
        yield from self.column.answer(self.act, request, signed_in, *values)

    def ahead(self, signed_in: gr.OAuthToken | None, name: str, agreed: str, *values: Any) -> None:
        """What a model in memory makes of the sentence stays with it, and is soon drawn."""
        if self.column.is_open(name):
            with suppress(PlaygroundError):  # Look tells it
                token = signed_in.token if signed_in else None
                list(self.column.work(self.act.do, name, values, token))

    def then(self, do: Do, inputs: Sequence[Component], outputs: Sequence[Component]) -> None:
        """Work on when it has looked, with what it looked at as the first input."""
        self.afterwards.append((do, inputs, outputs))


def together(looks: Sequence[Look], triggers: Sequence[Any], sentence: gr.Textbox) -> None:
    """Look with all columns at one event, and read the sentence ahead when its typing pauses."""
    given = [one for look in looks for one in look.given]

    def each(
        do: Callable[..., Any], whose: tuple[Any, ...], values: tuple[Any, ...]
    ) -> list[Future[Any]]:
        left, pool = iter(values), ThreadPoolExecutor(len(looks))
        begun = [pool.submit(do, look, *whose, *islice(left, len(look.given))) for look in looks]
        pool.shutdown(wait=False)
        return begun

    def at_once(request: gr.Request, signed_in: gr.OAuthToken | None, *values: Any) -> list[Any]:
        begun = each(Look.at_once, (request, signed_in), values)
        wait(begun, SOON)
        return [
            value
            for look, one in zip(looks, begun, strict=True)
            for value in (one.result() if one.done() else look.later())
        ]

    def read(signed_in: gr.OAuthToken | None, *values: Any) -> None:
        wait(each(Look.ahead, (signed_in,), values))

    listen(prefetch.on_pause(sentence, "families").click, read, given, None)
    shown = [one for look in looks for one in look.shown]
    looked = listen(partial(gr.on, list(triggers)), at_once, given, shown)
    for look in looks:
        for event in (*look.events, looked):
            for do, inputs, outputs in look.afterwards:
                look.column.on([], do, inputs, outputs, clear=outputs, after=event)
