"""A finished run of a tab: what was asked and of which model, and what it answered.

Comparing, downloads and the history read this. A tab keeps its last one in a `gr.State`, and none
from the moment when the next run begins. It knows no widgets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.translations import text
from pipelines.errors import InputError
from pipelines.playground import Facts


@dataclass(frozen=True, eq=False)  # one by one, for gradio compares what a state holds
class Record:
    """`inputs` are complete, with what the view held of them, as a conversation; `typed` are those
    of the widgets. `value` is the answer in the shape that the tab's view draws."""

    inputs: Mapping[str, Any]
    typed: Mapping[str, Any]
    options: Mapping[str, Any]
    model: str
    value: Any
    facts: Facts | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """What a view is given beside the answer."""
        return {**self.options, **self.inputs}


def ended(record: Record | None) -> Record:
    """The record that a tab's state holds.

    Raises:
        InputError: nothing was run yet.
    """
    if record is None:
        raise InputError(text("There is no result yet."), text("Press Run first."))
    return record
