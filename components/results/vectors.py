"""Vectors as heat maps, and the cosine similarities of several sentences.

The text is taken line by line: one line shows its vector, several show their similarities too.
"""

from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.markup import numbered
from components.results.view import Inputs, SimpleView

CELLS = 4096  # squares; more are unreadable and slow the page
MOST_LINES = 32  # texts that are compared at once
FIGURE = Markup("<figure><figcaption>{}</figcaption>{}</figure>")
SQUARE = '<i style="--v:%.2f" class="{}" title="%d: %.4f"></i>'
POSITIVE, NEGATIVE = SQUARE.format("pos"), SQUARE.format("neg")
TABLE = Markup(
    "<table class='cosines'><caption>Similarity (cosine): 1 means the same direction</caption>"
    "<tr><td></td>{}</tr>{}</table>"
)


def lines_of(text: str) -> list[str]:
    """The texts that are taken one by one."""
    return [line for line in text.splitlines() if line.strip()]


class Vectors(SimpleView):
    """Vectors → squares coloured by value; several sentences → a table of cosines."""

    def build(self) -> list[Component]:
        """One gr.HTML."""
        return [gr.HTML(label="Vectors")]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The maps of all lines, or of all tokens of the text."""
        vectors = value if isinstance(value[0], list) else [value]
        given = lines_of(inputs["text"])
        lines = given[: len(vectors)]
        told = ""
        if inputs["pooling"] == "none":
            lines = [f"Token {index}" for index in range(len(vectors))]
        elif len(given) > MOST_LINES:
            told += f" Only the first {MOST_LINES} of {len(given):,} lines are taken."
        maps = min(len(lines), CELLS // len(vectors[0]))
        if maps < len(lines):
            told += f" The first {maps} of {len(lines):,} are drawn."
        squares = Markup("").join(
            FIGURE.format(line[:80], _map(vector))
            for line, vector in zip(lines[:maps], vectors, strict=False)
        )
        table = _similarities(lines, vectors) if 1 < len(vectors) <= MOST_LINES else ""
        size = f"{len(vectors)} × {len(vectors[0])} numbers; red is above 0, blue below."
        return [
            Markup('<div class="vectors">{}<p>{}{}</p>{}</div>').format(table, size, told, squares)
        ]

    def clear(self) -> list[Any]:
        """Nothing."""
        return [""]


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
            cosine = _cosine(one, other)
            cells += Markup('<td style="--v:{:.2f}">{:.2f}</td>').format(max(cosine, 0), cosine)
        row = Markup("<tr><th scope='row'>{}. {}</th>{}</tr>")
        rows += row.format(index + 1, line[:60], cells)
    return TABLE.format(head, rows)


def _cosine(one: list[float], other: list[float]) -> float:
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    lengths = sum(a * a for a in one) * sum(b * b for b in other)
    return dot / (lengths**0.5 or 1.0)
