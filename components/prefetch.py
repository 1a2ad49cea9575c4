"""Prefetch: when typing pauses, a hidden button is clicked, and what was typed is computed already.

Lab 1's columns look at their sentence then; a chat's model prefills its cache with the question, so
that its answer begins at once.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gradio as gr
from gradio.components import Component

from components.javascript import call
from components.output_state import Values
from components.runs import Runs
from pipelines import Playground, PlaygroundError
from pipelines.prefetch import prefetch

PAUSE = 300  # milliseconds


def on_pause(box: gr.Textbox, name: str) -> gr.Button:
    """A button that is clicked once nothing was typed into the box for a PAUSE.

    Its click does what can be done already; `name` is no other's on the page.
    """
    box.change(None, js=call("clickAfterPause", _class(name), PAUSE))
    return gr.Button(visible="hidden", elem_classes=_class(name))


def chat(
    box: gr.Textbox,
    inputs: set[Component],
    asked: Callable[[Values], tuple[dict[str, Any], str]],
    task_id: str,
    playground: Playground,
    runs: Runs,
) -> None:
    """Let the model read what is typed. `asked` makes of the values of `inputs` what Run would
    send, and the model's name."""

    def read(request: gr.Request, signed_in: gr.OAuthToken | None, values: Values) -> None:
        session, token = str(request.session_hash), signed_in.token if signed_in else None
        if runs.busy(session, task_id):  # what the question comes after is still being said
            return
        with runs.entered(session, _class(task_id)) as cancel, suppress(PlaygroundError):
            prefetch(playground, task_id, *asked(values), cancel, token)  # Run tells errors

    on_pause(box, task_id).click(
        read,
        {*inputs},
        preprocess=False,
        queue=False,
        trigger_mode="always_last",
        api_visibility="private",
    )


def stop(runs: Runs, session: str, name: str) -> None:
    """Read no further: the question is asked."""
    runs.stop(session, _class(name))


def _class(name: str) -> str:
    return f"prefetch-{name}"
