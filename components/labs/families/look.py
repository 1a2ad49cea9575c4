"""A look into a new sentence: all columns of lab 1 in one event, each by itself where it waits.

Each word of an event takes gradio's client 0.03 s on this page, so the columns share one. A column
whose model is not in memory, or takes its time, goes on in gradio's queue, which tells progress.
"""

import time
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from components import picker, prefetch
from components.labs.families.column import Column, listen
from components.labs.families.events import Do
from components.labs.families.figures import Shown
from components.output_state import Values
from components.runner import Visit
from pipelines import PlaygroundError
from pipelines.labs.families.session import LabModel

SOON = 1.0  # seconds that a column may keep the others waiting


class Look:
    """What one column does of a new sentence; `then` comes after it, with what it looked at."""

    def __init__(
        self,
        column: Column,
        do: Do,
        inputs: Set[Component],
        outputs: Sequence[Component],
        also: Sequence[Any] = (),
    ) -> None:
        def look(lab: LabModel, values: Values) -> Shown:
            shown = do(lab, values)
            facts = picker.describe(lab.name, column.task, column.playground)  # it may be new here
            return Shown({**shown.figures, column.about: facts}, shown.notes)

        self.column = column
        self.do = look
        self.work = column.work(look, outputs, fetches=True)
        self.inputs = inputs | column.controls.inputs
        self.waits = gr.Number(visible="hidden")
        told = [*outputs, column.about, *column.controls.outputs]
        self.outputs = [*told, self.waits]
        self.afterwards: list[tuple[Do, Set[Component], Sequence[Component]]] = []
        waiting = partial(gr.on, [self.waits.change, column.controls.agreed.change])
        self.events = [listen(waiting, self.in_queue, self.inputs, told, queue=True)]
        if also:
            at_once = partial(gr.on, list(also))
            self.events.append(listen(at_once, self.at_once, self.inputs, self.outputs))

    def at_once(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Values:
        """What is shown, of a model in memory."""
        if not self.column.is_open(values[self.column.model]):
            return self.later()
        return self.column.last(self.work, values, request, signed_in)

    def later(self) -> Values:
        """What is shown until the queue has begun."""
        return {**self.work.failed, self.waits: time.time()}

    def in_queue(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        """What is shown, after progress."""
        yield from self.column.runner.run(self.work, values, request, signed_in)

    def prefetch(
        self, request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> None:
        """What a model in memory makes of the sentence stays with it, and is soon drawn."""
        column = self.column
        name, session = values[column.model], str(request.session_hash)
        if not column.is_open(name):
            return
        token = signed_in.token if signed_in else None
        entered = column.runs.entered(session, f"prefetch {column.family}")
        with entered as cancel, suppress(PlaygroundError):  # Look tells it
            list(column.computed(self.do, Visit(values, name or "auto", cancel, token)))

    def then(self, do: Do, inputs: Set[Component], outputs: Sequence[Component]) -> None:
        """Work on when it has looked, with what it looked at."""
        self.afterwards.append((do, inputs, outputs))


def together(looks: Sequence[Look], triggers: Sequence[Any], sentence: gr.Textbox) -> None:
    """Look with all columns at one event, and when typing pauses, already compute what a look
    will show."""
    inputs = {one for look in looks for one in look.inputs}

    def each(do: Callable[..., Any], *given: Any) -> list[Future[Any]]:
        # In a copy of the context, which has the visitor's language.
        pool = ThreadPoolExecutor(len(looks))
        begun = [pool.submit(copy_context().run, do, look, *given) for look in looks]
        pool.shutdown(wait=False)
        return begun

    def at_once(request: gr.Request, signed_in: gr.OAuthToken | None, values: Values) -> Values:
        begun = each(Look.at_once, request, signed_in, values)
        wait(begun, SOON)
        shown: Values = {}
        for look, one in zip(looks, begun, strict=True):
            shown |= one.result() if one.done() else look.later()
        return shown

    def read(request: gr.Request, signed_in: gr.OAuthToken | None, values: Values) -> None:
        wait(each(Look.prefetch, request, signed_in, values))

    listen(prefetch.on_pause(sentence, "families").click, read, inputs, None)
    outputs = [one for look in looks for one in look.outputs]
    looked = listen(partial(gr.on, list(triggers)), at_once, inputs, outputs)
    for look in looks:
        for event in (*look.events, looked):
            for do, given, shown in look.afterwards:
                look.column.on([], do, given, shown, clear=shown, after=event)
