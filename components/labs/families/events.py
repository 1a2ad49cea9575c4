"""What is done at an event of lab 1's columns, and the line that tells of it."""

from collections.abc import Callable
from html import escape

from components.labs.drawings import safe
from components.labs.families.figures import Shown
from components.output_state import Values
from pipelines.errors import InputError
from pipelines.labs.families.attention import ATTENTION_NOTE
from pipelines.labs.families.session import LabModel, Worked

Do = Callable[[LabModel, Values], Shown]


class NothingOpenError(InputError):
    """There is nothing that a click could go on with."""


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
