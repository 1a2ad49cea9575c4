"""What the figures of lab 1's columns share.

What they are of, what can be clicked in them, and what has to be said beside them.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.output_state import Values
from pipelines.labs.families.attention import Reading
from pipelines.labs.families.session import LabModel

# A click on something that carries data-take is an event with that value and the data-at around
# it, and so is Enter on what has the keyboard's focus without being a button.
TAKE = (
    "const take = e => {const b = e.target.closest('[data-take]');"
    "if (b) trigger('click', {take: b.dataset.take, at: b.closest('[data-at]').dataset.at});};"
    "element.addEventListener('click', take);"
    "element.addEventListener('keydown', e => {"
    "if (e.key === 'Enter' && e.target.closest('g')) take(e);});"
)


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
        notes.append(
            f"The text is too long to draw: its {cut_at} was cut, {reading.cut} of "
            f"{reading.cut + len(reading.ids)} tokens."
        )
    unknown = sum(i == lab.tokenizer.unk_token_id for i in reading.ids)
    if unknown and unknown * 3 >= sum(not one for one in reading.special) + unknown:
        notes.append(
            f"This model was not made for this script: {unknown} of its "
            f"{len(reading.ids)} tokens are unknown to it."
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
