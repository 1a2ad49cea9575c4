"""Vectors as heat maps, and how alike several sentences are.

The text is taken line by line: one line shows its vector, several show their similarities too.
"""

from html import escape
from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs, SimpleView

CELLS = 4096  # more squares than this help nobody and slow the page
MOST_LINES = 32  # texts that are compared at once


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
        squares = "".join(
            f"<figure><figcaption>{escape(line[:80])}</figcaption>{_map(vector)}</figure>"
            for line, vector in zip(lines[:maps], vectors, strict=False)
        )
        table = _similarities(lines, vectors) if 1 < len(vectors) <= MOST_LINES else ""
        size = f"{len(vectors)} × {len(vectors[0])} numbers; red is above 0, blue below."
        size = f"<p>{size}{told}</p>"
        return [f'<div class="vectors">{table}{size}{squares}</div>']

    def clear(self) -> list[Any]:
        """Nothing."""
        return [""]


def _map(vector: list[float]) -> str:
    peak = max(abs(number) for number in vector) or 1.0
    cells = "".join(
        f'<i style="--v:{abs(n) / peak:.2f}" class="{"pos" if n > 0 else "neg"}" '
        f'title="{i}: {n:.4f}"></i>'
        for i, n in enumerate(vector)
    )
    return f'<div class="heat" role="img" aria-label="{len(vector)} numbers">{cells}</div>'


def _similarities(lines: list[str], vectors: list[list[float]]) -> str:
    head = "".join(f"<th scope='col'>{index + 1}</th>" for index in range(len(lines)))
    rows = ""
    for index, (line, one) in enumerate(zip(lines, vectors, strict=True)):
        cells = ""
        for other in vectors:
            cosine = _cosine(one, other)
            cells += f'<td style="--v:{max(cosine, 0):.2f}">{cosine:.2f}</td>'
        rows += f"<tr><th scope='row'>{index + 1}. {escape(line[:60])}</th>{cells}</tr>"
    caption = "<caption>Similarity (cosine): 1 means the same direction</caption>"
    return f"<table class='cosines'>{caption}<tr><td></td>{head}</tr>{rows}</table>"


def _cosine(one: list[float], other: list[float]) -> float:
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    lengths = sum(a * a for a in one) * sum(b * b for b in other)
    return dot / (lengths**0.5 or 1.0)
