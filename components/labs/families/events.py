"""What happens at an event of lab 1's columns, and the line that tells of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.components import Component

from components.labs.drawings import safe
from components.labs.families.figures import Shown
from pipelines.errors import InputError
from pipelines.labs.families.attention import ATTENTION_NOTE
from pipelines.labs.families.session import Worked

Do = Callable[..., Shown]


class NothingOpenError(InputError):
    """There is nothing that a click could go on with."""


@dataclass(frozen=True)
class Act:
    """What is done at an event of a column, and where its result is shown.

    One that `begins` may fetch and load the model; the others go on with what it looked at, which
    is the first of their values. `clear` are the outputs that are emptied when it fails; when it is
    `quiet`, the line of status stays that of what it comes after.
    """

    do: Do
    outputs: Sequence[Component]
    begins: bool
    clear: Sequence[Component]
    quiet: bool

    def same(self) -> list[Any]:
        """Everything as it is."""
        return [gr.skip() for _ in self.outputs]

    def nothing(self) -> list[Any]:
        """What is shown of a failure."""
        empty = {gr.HTML: "", gr.State: None}
        return [
            empty.get(type(one), gr.skip()) if one in self.clear else gr.skip()
            for one in self.outputs
        ]


def outcome(worked: Worked) -> str:
    """The line of status after a piece of work."""
    notes = "".join(f"<li>{safe(note)}</li>" for note in worked.value.notes)
    loaded = f" · loaded in {worked.load_seconds:.1f} s" if worked.load_seconds else ""
    return line(
        "done",
        f"<b>{escape(worked.title)}</b>{loaded} · {worked.seconds:.2f} s · "
        f"<small>{ATTENTION_NOTE}</small>" + (f"<ul>{notes}</ul>" if notes else ""),
    )


def line(kind: str, text: str) -> str:
    """A line of status; `text` is markup."""
    return f'<div class="{kind}" role="status" aria-live="polite">{text}</div>'
