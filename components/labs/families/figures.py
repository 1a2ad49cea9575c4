"""What the figures of lab 1's columns share.

What they are of, what can be clicked in them, and what has to be said beside them.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.javascript import call
from components.output_state import Values
from components.translations import text
from pipelines.labs.families.attention import Reading
from pipelines.labs.families.session import LabModel

# A click on something that carries data-take is an event with that value and the data-at around it.
TAKE = f"({call('takeOnClick')})(element, trigger)"  # both are gradio's

# A figure is of what a model sees, of what it makes of it, or of the ways on from there; the lab
# shows one kind at a time, the columns' beside each other (page.css).
SEES, MAKES, AHEAD = "lab-sees", "lab-makes", "lab-ahead"


@dataclass(frozen=True)
class Shown:
    """What a piece of work gives the page: its figures and other values, by component, and what is
    to be said beside them."""

    figures: Values
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What the figures of a column are of, whatever is typed or picked meanwhile."""

    model: str
    sentence: str
    target: str = ""


def remarks(lab: LabModel, reading: Reading, cut_at: str = "end") -> tuple[str, ...]:
    """What a reader has to know of how the model read the text."""
    notes = []
    if reading.cut:
        cut = {"cut": reading.cut, "count": reading.cut + len(reading.ids)}
        at_end = text(
            "The text is too long to draw: its end was cut, {cut} of {count} tokens.", **cut
        )
        at_start = text(
            "The text is too long to draw: its start was cut, {cut} of {count} tokens.", **cut
        )
        notes.append(at_end if cut_at == "end" else at_start)
    unknown = sum(i == lab.tokenizer.unk_token_id for i in reading.ids)
    if unknown and unknown * 3 >= sum(not one for one in reading.special) + unknown:
        notes.append(
            text(
                "This model was not made for this script: {unknown} of its {count} tokens are "
                "unknown to it.",
                unknown=unknown,
                count=len(reading.ids),
            )
        )
    return tuple(notes)


def fitted(value: float, most: int, least: int = 1) -> Any:
    """The slider of layers or heads for a model with so many of them."""
    return gr.update(
        minimum=least,
        maximum=max(most, least + 1),  # a slider has no one place only; `at` keeps within
        value=max(least, min(int(value), most)),
        interactive=most > least,
    )


def at(value: float, most: int) -> int:
    """The index a slider from 1 means, kept within the model."""
    return max(1, min(int(value), most)) - 1
