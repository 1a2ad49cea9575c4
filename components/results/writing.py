"""What a language model writes: a chat, or the continuation of a text, as the visitor chooses.

A chat is shown and kept as in `Conversation`. A continued text is shown whole, what the model was
given in grey and what it wrote in colour. Where several texts were asked for, a chat continues
with the first of them.
"""

from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.event_options import QUIET
from components.output_state import Values
from components.record import Record
from components.results.conversation import Conversation
from components.results.view import Inputs
from components.translations import text


class Writing(Conversation):
    """{"generated_text"}, or a list of them → the next turn of a chat, or a text with its end."""

    continues = True

    def build(self) -> list[Component]:
        """The mode, a gr.Chatbot and a gr.HTML, of which one is there."""
        self.mode = gr.Radio(
            [
                (text("Chat: answer"), "chat"),
                (text("Continue: go on with the very text"), "continue"),
            ],
            value="chat",
            label="mode",
        )
        self.text = gr.HTML(visible=False, elem_classes="continued")
        self.so_far = gr.Textbox(visible="hidden")  # the same text, which Continue sends
        return [*super().build(), self.text, self.so_far]

    def options(self) -> dict[str, Component]:
        """The mode is an option of the task."""
        return {"mode": self.mode}

    def reads(self) -> list[Component]:
        """The turns so far, the text so far, and which of them counts."""
        return [self.chatbot, self.so_far, self.mode]

    def complete_inputs(self, inputs: Inputs, view_values: Values) -> Inputs:
        """Put the turns so far before the question; a continued text has none."""
        if view_values[self.mode] == "continue":
            return inputs
        turns = _first_answers(view_values[self.chatbot] or [])
        return super().complete_inputs(inputs, {**view_values, self.chatbot: turns})

    def continued_inputs(self, inputs: Inputs, view_values: Values) -> Inputs:
        """The conversation or text as it stands, for the model to continue its end."""
        if view_values[self.mode] == "continue":
            return {**inputs, self.key: view_values[self.so_far] or ""}
        whole = self.complete_inputs(inputs, view_values)
        return {**whole, self.key: whole[self.key][:-1]}

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The conversation, or the text, with what was written so far."""
        texts = [one["generated_text"] for one in (value if isinstance(value, list) else [value])]
        if inputs["mode"] == "continue":
            given = inputs[self.key] or ""
            return [gr.skip(), _continued(given, texts), given + texts[0]]
        [turns] = super().show({"generated_text": texts[0]}, inputs, final)
        if inputs[self.key] and inputs[self.key][-1]["role"] == "assistant":
            [*turns, begun, more] = turns
            before = "".join(part["text"] for part in begun["content"])
            turns = [*turns, {**more, "content": before + texts[0]}]
        others = [{"role": "assistant", "content": text or "…"} for text in texts[1:]]
        return [[*turns, *others], gr.skip(), gr.skip()]

    def clear(self) -> list[Any]:
        """Both stay: an error must not lose them."""
        return [gr.skip()] * 3

    def as_shown(self, record: Record | None, view_values: Values) -> Record | None:
        """The conversation; or the last run if it continued a text, which nothing takes back."""
        if view_values[self.mode] == "chat":
            return super().as_shown(record, view_values)
        return record if record and record.options.get("mode") == "continue" else None

    def wire(self, json: Component) -> None:
        """Show what belongs to the mode."""
        self.mode.change(
            lambda mode: [gr.update(visible=mode == "chat"), gr.update(visible=mode != "chat")],
            self.mode,
            [self.chatbot, self.text],
            **QUIET,
            queue=False,
        )


def _first_answers(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The turns without second and further answers to one question."""
    before = [None, *(turn["role"] for turn in turns)]
    return [
        turn
        for turn, last in zip(turns, before, strict=False)
        if not last == turn["role"] == "assistant"
    ]


def _continued(given: str, texts: list[str]) -> Markup:
    """Each text after what the model was given."""
    one = Markup('<p><span class="given">{}</span><span class="new">{}</span></p>')
    return Markup("").join(one.format(given, text) for text in texts)
