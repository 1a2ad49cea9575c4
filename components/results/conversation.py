"""A conversation: what was asked and answered, kept and sent along with the next question.

A picture is kept beside the question it came with, and shown there. While the tab's picture stays
the same it is not sent again.
"""

import filecmp
from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs


class Conversation:
    """{"generated_text"} → the next turn of a chat.

    `key` is the input that holds the question, `picture` the one that holds what it is about.
    """

    def __init__(self, key: str, picture: str | None = None) -> None:
        self.key = key
        self.picture = picture

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
        """Put the turns so far before the question, and a new picture beside it."""
        turns = [{"role": t["role"], "content": t["content"]} for t in held[0] or []]
        question = inputs[self.key] or ""
        if not self.picture:
            return {**inputs, self.key: [*turns, {"role": "user", "content": question}]}
        newest = next(iter(reversed(_pictures(turns))), None)
        given = inputs[self.picture] or newest
        parts: list[dict[str, Any]] = [{"type": "text", "text": question}]
        if given and not _same(given, newest):
            shown = {"type": "file", "file": given, "alt_text": "The picture asked about"}
            parts = [shown, *parts]
        asked = {"role": "user", "content": parts}
        return {**inputs, self.picture: given, self.key: [*turns, asked]}

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """All turns, the answer so far as the last."""
        answer = {"role": "assistant", "content": value["generated_text"] or "…"}
        return [[*inputs[self.key], answer]]

    def clear(self) -> list[Any]:
        """What was said stays: an error must not lose it."""
        return [gr.skip()]

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The last answer."""
        return value

    def wire(self, json: Component) -> None:
        """No events."""

    def options(self) -> dict[str, Component]:
        """No options."""
        return {}


def last_question(turns: list[dict[str, Any]] | None) -> str:
    """The text of the question asked last, or ""."""
    asked = [turn["content"] for turn in turns or [] if turn["role"] == "user"]
    if not asked or isinstance(asked[-1], str):
        return asked[-1] if asked else ""
    return "\n".join(part["text"] for part in asked[-1] if part.get("text"))


def _pictures(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The files in a conversation, the oldest first."""
    parts = [
        part for turn in turns if isinstance(turn["content"], list) for part in turn["content"]
    ]
    return [part["file"] for part in parts if part.get("type") == "file"]


def _same(one: dict[str, Any], other: dict[str, Any] | None) -> bool:
    """Whether two files have the same content: gradio may keep one picture under two names."""
    try:
        return other is not None and filecmp.cmp(one["path"], other["path"], shallow=False)
    except OSError:
        return False
