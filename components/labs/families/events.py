"""What is done at an event of lab 1's columns, and the line that tells of it."""

from collections.abc import Callable

from markupsafe import Markup

from components import status
from components.drawings import safe
from components.labs.families.figures import Shown
from components.output_state import Values
from components.sentences import known
from components.translations import text
from pipelines.errors import InputError
from pipelines.labs.families.attention import ATTENTION_NOTE
from pipelines.labs.families.session import LabModel, Worked

Do = Callable[[LabModel, Values], Shown]


class NothingOpenError(InputError):
    """No model and text are open that a click could refer to."""


def outcome(worked: Worked) -> Markup:
    """The line of status after a piece of work."""
    parts: list[str] = [Markup("<b>{}</b>").format(worked.title)]
    if worked.load_seconds:
        parts.append(text("loaded in {seconds} s", seconds=f"{worked.load_seconds:.1f}"))
    parts += [f"{worked.seconds:.2f} s", Markup("<small>{}</small>").format(known(ATTENTION_NOTE))]
    return status.facts_and_notes(parts, map(safe, worked.value.notes))
