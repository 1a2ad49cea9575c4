"""A conversation: what was asked and answered, kept and sent along with the next question.

A picture is kept beside the question it came with, and shown there. While the tab's picture stays
the same it is not sent again.

gradio draws every message as Markdown. What the visitor typed is no Markdown: its punctuation is
escaped where it is shown, and taken back where it is sent on.
"""

import filecmp
import mimetypes
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.output_state import Values
from components.record import Record
from components.results import differences
from components.results.files import chat_file, json_file
from components.results.view import Files, Inputs, SimpleView, View, first_of
from components.translations import text

# What the page has below its head, the model's line and the buttons; a phone shows the box itself.
FILLS = "max(420px, calc(100dvh - 29rem))"


class Conversation(SimpleView):
    """{"generated_text"} → the next turn of a chat.

    `key` is the input that holds the question, `picture` the one that holds what it is about.
    """

    readable = True

    def __init__(self, key: str, picture: str | None = None) -> None:
        self.key = key
        self.picture = picture

    def build(self) -> list[Component]:
        """One gr.Chatbot."""
        self.chatbot = gr.Chatbot(
            label=text("Conversation"),
            show_label=False,
            height=FILLS,
            buttons=["copy", "copy_all"],
            feedback_options=None,
            placeholder=text("The conversation appears here."),
            editable="user",
        )
        return [self.chatbot]

    def reads(self) -> list[Component]:
        """The turns so far."""
        return [self.chatbot]

    def complete_inputs(self, inputs: Inputs, view_values: Values) -> Inputs:
        """Put the turns so far before the question, and a new picture beside it."""
        turns = [_sent(turn) for turn in view_values[self.chatbot] or []]
        question = inputs[self.key] or ""
        if not self.picture:
            return {**inputs, self.key: [*turns, {"role": "user", "content": question}]}
        newest = next(iter(reversed(_pictures(turns))), None)
        given = inputs[self.picture] or newest
        parts: list[dict[str, Any]] = [{"type": "text", "text": question}]
        if given and not _same(given, newest):
            kind = mimetypes.guess_type(given["path"])[0]  # without it gradio shows a link
            file = {**given, "mime_type": given.get("mime_type") or kind}
            asked_about = text("The picture asked about")
            parts = [{"type": "file", "file": file, "alt_text": asked_about}, *parts]
        asked = {"role": "user", "content": parts}
        return {**inputs, self.picture: given, self.key: [*turns, asked]}

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """All turns, the answer so far as the last."""
        answer = {"role": "assistant", "content": value["generated_text"] or "…"}
        return [[*(_shown(turn) for turn in inputs[self.key]), answer]]

    def clear(self) -> list[Any]:
        """The conversation stays: an error must not lose it."""
        return [gr.skip()]

    def beside(self) -> View:
        """The last question alone: the conversation before it is the first model's."""
        return LastTurn(self.key)

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Words that differ."""
        return differences.texts(self.words(one), self.words(other))

    def files(self) -> Files:
        """The conversation as Markdown and as messages."""
        return {
            "md": lambda value, inputs: chat_file(self.messages(value, inputs)),
            "json": lambda value, inputs: json_file(self.messages(value, inputs)),
        }

    def words(self, value: Any) -> str:
        """The answer, or the first of several."""
        return str(first_of(value)["generated_text"]) if value else ""

    def messages(self, value: Any, inputs: Inputs) -> list[dict[str, str]]:
        """The whole conversation as chat models take it; pictures by their names."""
        answers = value if isinstance(value, list) else [value]
        said = [{"role": "assistant", "content": one["generated_text"]} for one in answers]
        return [
            {"role": turn["role"], "content": _words(turn["content"])}
            for turn in [*_turns(inputs[self.key]), *said]
        ]

    def as_shown(self, record: Record | None, view_values: Values) -> Record | None:
        """The conversation, which may be another than after the run: turns are taken back, and
        after a reload all come from the browser."""
        turns = [_sent(turn) for turn in view_values[self.chatbot] or []]
        if not turns:
            return None
        asked = [number for number, turn in enumerate(turns, 1) if turn["role"] == "user"]
        end = asked[-1] if asked else 0
        answers = [{"generated_text": _words(turn["content"])} for turn in turns[end:]]
        shown = record or Record({}, {}, {}, "auto", None)
        return replace(
            shown,
            inputs={**shown.inputs, self.key: turns[:end]},
            typed={**shown.typed, self.key: last_question(view_values[self.chatbot])},
            value=answers,
        )


class LastTurn(SimpleView):
    """{"generated_text"}, or a list of them → one question and its answers."""

    def __init__(self, key: str) -> None:
        self.key = key

    def build(self) -> list[Component]:
        """One gr.Chatbot, which takes no further question."""
        return [
            gr.Chatbot(
                label=text("Answer"),
                show_label=False,
                height=420,
                buttons=["copy"],
                feedback_options=None,
            )
        ]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The question and the answers so far."""
        turns = _turns(inputs[self.key])
        question = [_shown(turn) for turn in turns if turn["role"] == "user"][-1:]
        answers = value if isinstance(value, list) else [value]
        return [
            [
                *question,
                *(
                    {"role": "assistant", "content": one["generated_text"] or "…"}
                    for one in answers
                ),
            ]
        ]

    def clear(self) -> list[Any]:
        """Nothing."""
        return [[]]


def _turns(asked: Any) -> Any:
    """A conversation; a text alone is its only question."""
    return [{"role": "user", "content": asked}] if isinstance(asked, str) else asked


def _words(content: Any) -> str:
    """What a message says, pictures by the names of their files."""
    if isinstance(content, str):
        return content
    return "\n".join(
        part["text"] if "text" in part else f"[{part['file'].get('orig_name') or 'picture'}]"
        for part in content
    )


def last_question(turns: list[dict[str, Any]] | None) -> str:
    """The text of the question asked last, or ""."""
    asked = [_sent(turn)["content"] for turn in turns or [] if turn["role"] == "user"]
    return "\n".join(part["text"] for part in asked[-1] if part.get("text")) if asked else ""


def as_typed(text: str) -> str:
    """Markdown that shows the text as it is."""
    escaped = re.sub(r"([!-/:-@[-`{-~])", r"\\\1", text)
    return re.sub(r"^[ \t]+|[ \t]{2,}|\t", _spaced, escaped, flags=re.MULTILINE)


# White space that HTML would drop, and Markdown take for a code block, as spaces that stay.
SPACES = {" ": "&#160;", "\t": "&#8195;"}


def _spaced(found: "re.Match[str]") -> str:
    return "".join(SPACES[letter] for letter in found[0])


def typed(markdown: str) -> str:
    """The text that `as_typed` was given."""
    spaces = {reference: letter for letter, reference in SPACES.items()}
    return re.sub(
        r"\\([!-/:-@[-`{-~])|(&#160;|&#8195;)",
        lambda found: found[1] or spaces[found[2]],
        markdown,
    )


def _shown(turn: dict[str, Any]) -> dict[str, Any]:
    return _changed(turn, as_typed)


def _sent(turn: dict[str, Any]) -> dict[str, Any]:
    return _changed({"role": turn["role"], "content": turn["content"]}, typed)


def _changed(turn: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The turn in parts; the texts in it are changed if they are the visitor's."""
    content = turn["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if turn["role"] == "user":
        parts = [
            {**part, "text": change(part["text"])} if "text" in part else part for part in parts
        ]
    return {**turn, "content": parts}


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
