"""What one run has put on its tab, said whole with every word.

Gradio's browser client works a later word's changes into the objects of the earlier one, so that
of two words that follow each other at once the first is lost: a button does not appear, a result
vanishes. Hence nothing is left out of a later word that an earlier one had, and the changes are
none. Only the line about the queue, which several runs share, is said once.
"""

from typing import Any

import gradio as gr

STAYING = ("status", "json", "stop", "recommend", "consent")


class Screen:
    """The outputs of one run: those of the view, STAYING, and the queue's line."""

    def __init__(self, shown: int) -> None:
        self.shown: list[Any] = [gr.skip()] * shown
        self._staying: dict[str, Any] = dict.fromkeys(STAYING, gr.skip())

    def __call__(self, shown: list[Any] | None = None, **said: Any) -> list[Any]:
        """The values of all outputs; what is not given stays as it is."""
        # A view that leaves a component as it is leaves what was said of it before.
        if shown:
            self.shown = [
                before if new == gr.skip() else new
                for before, new in zip(self.shown, shown, strict=True)
            ]
        self._staying |= {name: said[name] for name in STAYING if name in said}
        # Copies: gradio takes the updates apart that it is given.
        return [
            dict(value) if isinstance(value, dict) else value
            for value in (*self.shown, *self._staying.values(), said.get("queue", gr.skip()))
        ]
