"""Spans marked in the text that they belong to: names and parts of speech, or an answer."""

from collections.abc import Iterable
from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.results import differences
from components.results.files import csv_file, text_file
from components.results.view import Files, Inputs, SimpleView, first_of
from components.translations import text

Segments = list[tuple[str, str | None]]
ANSWER = Markup(
    '<table class="answers"><thead><tr><th scope="col" colspan="2">{}</th>'
    '<th scope="col">{}</th></tr>'
    "</thead><tbody>{}</tbody></table>"
)


class LabelledSpans(SimpleView):
    """[{"entity_group" or "entity", "start", "end"}] → the text, coloured, with a legend."""

    def build(self) -> list[Component]:
        """One gr.HighlightedText."""
        return [gr.HighlightedText(label=text("Labels in the text"), show_legend=True)]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """All of the text, its spans coloured by label."""
        found = [
            (one["start"], one["end"], one.get("entity_group") or one.get("entity"))
            for one in value
        ]
        return [segments(inputs["text"], found)]

    def clear(self) -> list[Any]:
        """No text."""
        return [None]

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Spans of one model alone, and those that are labelled otherwise."""
        return differences.spans(one, other)

    def files(self) -> Files:
        """A table of the spans, too."""
        return {**super().files(), "csv": _table}


class MarkedAnswer(SimpleView):
    """{"answer", "score", "start", "end"} or a list of them → the answers, and the text marked."""

    readable = True

    def build(self) -> list[Component]:
        """The answers with their scores, and the text."""
        return [
            gr.HTML(label=text("Answers")),
            gr.HighlightedText(label=text("Where it stands"), show_legend=False),
        ]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The answers best first; those that overlap a better one are not marked again."""
        answers = value if isinstance(value, list) else [value]
        rows = Markup("").join(
            Markup("<tr><td>{}</td><td>{}</td><td>{:.1%}</td></tr>").format(
                number, one["answer"] or text("No answer in this text"), one["score"]
            )
            for number, one in enumerate(answers, 1)
        )
        marked: list[tuple[int, int, str]] = []
        for number, one in enumerate(answers, 1):
            free = all(one["end"] <= a or one["start"] >= b for a, b, _ in marked)
            if one["answer"] and free:
                marked.append((one["start"], one["end"], str(number)))
        return [
            ANSWER.format(text("Answer"), text("Score"), rows),
            segments(inputs["context"], sorted(marked)),
        ]

    def clear(self) -> list[Any]:
        """Nothing."""
        return ["", None]

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """The best answers, word by word."""
        first, second = self.words(one), self.words(other)
        told = ""
        if bool(first) != bool(second):
            told = (
                text("Only the first finds an answer in this text.")
                if first
                else text("Only the second finds an answer in this text.")
            )
        return differences.paragraphs(told) + differences.texts(first, second)

    def files(self) -> Files:
        """The best answer, too."""
        return {**super().files(), "txt": lambda value, inputs: text_file(self.words(value))}

    def words(self, value: Any) -> str:
        """The best answer."""
        return str(first_of(value)["answer"])


def _table(value: Any, inputs: Inputs) -> bytes:
    """The spans, whichever way their labels are called."""
    rows = [{**one, "label": one.get("entity_group") or one.get("entity")} for one in value]
    return csv_file(("label", "word", "score", "start", "end"), rows)


def segments(text: str, spans: Iterable[tuple[int, int, str | None]]) -> Segments:
    """The whole text in pieces, each with its label: a browser counts characters otherwise."""
    pieces: Segments = []
    end = 0
    for start, stop, label in spans:
        start = max(start, end)
        if stop <= start:
            continue
        if start > end:
            pieces.append((text[end:start], None))
        pieces.append((text[start:stop], label))
        end = stop
    if end < len(text) or not pieces:
        pieces.append((text[end:], None))
    return pieces
