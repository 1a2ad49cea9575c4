"""Vectors as heat maps, and the cosine similarities of several sentences.

The text is taken line by line: one line shows its vector, several show their similarities too.
"""

from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.markup import numbered
from components.results import differences
from components.results.differences import cosine
from components.results.files import json_file, vectors_file
from components.results.view import Files, Inputs, SimpleView
from components.translations import text

CELLS = 4096  # squares; more are unreadable and slow the page
MOST_KEPT = 1_000  # numbers that the history of a tab keeps
MOST_LINES = 32  # texts that are compared at once
FIGURE = Markup("<figure><figcaption>{}</figcaption>{}</figure>")
SQUARE = '<i style="--v:%.2f" class="{}" title="%d: %.4f"></i>'
POSITIVE, NEGATIVE = SQUARE.format("pos"), SQUARE.format("neg")
CELL = Markup('<td style="--v:{:.2f}">{:.2f}</td>')
TABLE = Markup("<table class='cosines'><caption>{}</caption><tr><td></td>{}</tr>{}</table>")


def lines_of(text: str) -> list[str]:
    """The texts that are taken one by one."""
    return [line for line in text.splitlines() if line.strip()]


class Vectors(SimpleView):
    """Vectors → squares coloured by value; several sentences → a table of cosines."""

    def build(self) -> list[Component]:
        """One gr.HTML."""
        return [gr.HTML(label=text("Vectors"))]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The maps of all lines, or of all tokens of the text."""
        vectors = value if isinstance(value[0], list) else [value]
        given = lines_of(inputs["text"])
        lines = given[: len(vectors)]
        told = ""
        if inputs["pooling"] == "none":
            lines = [f"Token {index}" for index in range(len(vectors))]
        elif len(given) > MOST_LINES:
            most, count = MOST_LINES, f"{len(given):,}"
            told += " " + text(
                "Only the first {most} of {count} lines are taken.", most=most, count=count
            )
        maps = min(len(lines), CELLS // len(vectors[0]))
        if maps < len(lines):
            drawn = text(
                "The first {most} of {count} are drawn.", most=maps, count=f"{len(lines):,}"
            )
            told += f" {drawn}"
        squares = Markup("").join(
            FIGURE.format(line[:80], _map(vector))
            for line, vector in zip(lines[:maps], vectors, strict=False)
        )
        table = _similarities(lines, vectors) if 1 < len(vectors) <= MOST_LINES else ""
        size = text(
            "{count} × {size} numbers; red is above 0, blue below.",
            count=len(vectors),
            size=len(vectors[0]),
        )
        return [
            Markup('<div class="vectors">{}<p>{}{}</p>{}</div>').format(table, size, told, squares)
        ]

    def clear(self) -> list[Any]:
        """Nothing."""
        return [""]

    def kept(self, value: Any) -> Any:
        """As float32: a twelfth of what Python's numbers take."""
        import numpy as np

        return np.asarray(value, np.float32)

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """How similar the vectors are, or the similarities that they give."""
        lines = [] if inputs["pooling"] == "none" else lines_of(inputs["text"])
        return differences.vectors(one.tolist(), other.tolist(), lines)

    def shown_again(self, kept: Any) -> Any:
        """As lists, if they are few: a browser's storage is small."""
        return kept.tolist() if kept.size <= MOST_KEPT else None

    def files(self) -> Files:
        """The numbers as numpy keeps them, too."""
        return {
            "npy": lambda value, inputs: vectors_file(value),
            "json": lambda value, inputs: json_file(value.tolist()),
        }


def _map(vector: list[float]) -> Markup:
    peak = max(abs(number) for number in vector) or 1.0
    cells = Markup("").join(
        numbered(POSITIVE if n > 0 else NEGATIVE, [(abs(n) / peak, index, n)])
        for index, n in enumerate(vector)
    )
    heat = Markup('<div class="heat" role="img" aria-label="{} numbers">{}</div>')
    return heat.format(len(vector), cells)


def _similarities(lines: list[str], vectors: list[list[float]]) -> Markup:
    head = Markup("").join(
        Markup("<th scope='col'>{}</th>").format(index + 1) for index in range(len(lines))
    )
    rows = Markup("")
    for index, (line, one) in enumerate(zip(lines, vectors, strict=True)):
        cells = Markup("")
        for other in vectors:
            similarity = cosine(one, other)
            cells += CELL.format(max(similarity, 0), similarity)
        row = Markup("<tr><th scope='row'>{}. {}</th>{}</tr>")
        rows += row.format(index + 1, line[:60], cells)
    return TABLE.format(text("Similarity (cosine): 1 means the same direction"), head, rows)
