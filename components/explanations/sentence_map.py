"""“Map and nearest lines”: the lines of a text as points, and their order from one of them.

Lines that mean alike lie near each other. Those behind a blank line are another group, with a
colour of its own.
"""

from typing import Any

import gradio as gr
from markupsafe import Markup

from components import translations
from components.drawings import bar
from components.event_options import QUIET
from components.explanations.explanation import Explanation, Place, say
from components.record import Record
from components.results.differences import cosine
from components.results.files import COLOURS
from components.results.vectors import lines_of
from pipelines.text.sentence_map import principal_components

LEAST = 3  # two points always lie on a line
LONGEST = 80  # letters of a line that the map shows


def build(place: Place, record: Record) -> None:
    """A plot of the lines, and a list of those nearest to the chosen one."""
    import pandas as pd  # gradio's plots take nothing else

    text = str(record.inputs["text"])
    lines = lines_of(text)[: len(record.value)]
    if record.options["pooling"] == "none" or len(lines) < LEAST:
        say(
            translations.text(
                "A map takes a vector each of {count} lines or more: write one sentence a line.",
                count=LEAST,
            )
        )
        return
    points, (first, second) = principal_components(record.value)
    frame = pd.DataFrame(
        {
            "x": points[:, 0],
            "y": points[:, 1],
            "group": [_group(group) for group in groups_of(text)[: len(lines)]],
            "line": [line[:LONGEST] for line in lines],
        }
    )
    gr.ScatterPlot(
        frame,
        x="x",
        y="y",
        color="group",
        tooltip=["line"],
        title=translations.text("Lines that mean alike lie near each other"),
        color_map={_group(n + 1): COLOURS[n % len(COLOURS)] for n in range(len(lines))},
        x_title=translations.text("first principal component ({share})", share=f"{first:.0%}"),
        y_title=translations.text("second ({share})", share=f"{second:.0%}"),
        height=360,
    )
    gr.HTML(
        Markup("<p><small>{}</small></p>").format(
            translations.text(
                "The two directions in which the vectors differ most keep {first} and {second} of "
                "what they differ in. Point at a line to read it; a blank line in the text begins "
                "another group.",
                first=f"{first:.0%}",
                second=f"{second:.0%}",
            )
        ),
        elem_classes="explained",
    )
    choices = [(line[:LONGEST], number) for number, line in enumerate(lines)]
    chosen = gr.Dropdown(choices, value=0, label=translations.text("Nearest to"), interactive=True)
    shown = gr.HTML(nearest(lines, record.value, 0), elem_classes="explained")
    chosen.input(lambda number: nearest(lines, record.value, number), chosen, shown, **QUIET)


def _group(number: int) -> str:
    return translations.text("group {number}", number=number)


def groups_of(text: str) -> list[int]:
    """The number of the group of each line that is not blank."""
    groups, group, blank = [], 1, False
    for line in text.strip().splitlines():
        if line.strip():
            group += blank
            groups.append(group)
        blank = not line.strip()
    return groups


def nearest(lines: list[str], vectors: Any, number: int) -> Markup:
    """The other lines, the most alike first, with the cosine of their vectors."""
    scores = [
        (cosine(vectors[number], other), line)
        for index, (line, other) in enumerate(zip(lines, vectors, strict=True))
        if index != number
    ]
    ranked = sorted(scores, key=lambda one: -one[0])
    return Markup("").join(bar(line[:LONGEST], score, f"{score:.2f}") for score, line in ranked)


SENTENCE_MAP = Explanation("Map and nearest lines", build)
