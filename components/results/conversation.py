"""A conversation: what was asked and answered, kept and sent along with the next question."""

from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs


class Conversation:
    """{"generated_text"} → the next turn of a chat. `key` is the input that holds the question."""

    def __init__(self, key: str) -> None:
        self.key = key

    def build(self) -> list[Component]:
        """One gr.Chatbot."""
        return [
            gr.Chatbot(
                label="Conversation",
                show_label=False,
                height=420,
                buttons=["copy", "copy_all"],
                feedback_options=None,
                placeholder="The conversation appears here.",
            )
        ]

    def gather(self, inputs: Inputs, held: list[Any]) -> Inputs:
        """Put the turns so far before the question."""
        turns = [{"role": t["role"], "content": t["content"]} for t in held[0] or []]
        question = {"role": "user", "content": inputs[self.key] or ""}
        return {**inputs, self.key: [*turns, question]}

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """All turns, the answer so far as the last."""
        answer = {"role": "assistant", "content": value["generated_text"] or "…"}
        return [[*inputs[self.key], answer]]

    def clear(self) -> list[Any]:
        """What was said stays: an error must not lose it."""
        return [gr.skip()]

    def json(self, value: Any) -> Any:
        """The last answer."""
        return value
