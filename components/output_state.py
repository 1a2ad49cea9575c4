"""The values of a run's outputs so far, sent whole with every update.

gradio's client applies updates as diffs in place; two in quick succession lose the first, so every
update resends all outputs. Only a line that several runs share, as that of the queue, is sent once.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

Values = dict[Component, Any]


class OutputState:
    """The outputs of one run, by component."""

    def __init__(self) -> None:
        self.values: Values = {}

    def __call__(
        self,
        new: Mapping[Component, Any] | None = None,
        once: Mapping[Component, Any] | None = None,
    ) -> Values:
        """All outputs so far with `new` in them; `once` is sent along and not kept."""
        self.values |= {one: value for one, value in (new or {}).items() if not skipped(value)}
        # Copies: gradio takes the updates apart that it is given.
        return {
            one: dict(value) if isinstance(value, dict) else value
            for one, value in {**self.values, **(once or {})}.items()
        }


def skipped(value: Any) -> bool:
    """Whether the value leaves a component as it is."""
    return isinstance(value, dict) and value == gr.skip()
