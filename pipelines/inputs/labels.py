"""Labels that a person types: a list of short texts, without doubles."""

from dataclasses import dataclass
from typing import Any

from pipelines.errors import InputError
from pipelines.inputs.text import clean
from pipelines.settings import Settings


@dataclass(frozen=True)
class Labels:
    """Candidate labels. A label may contain commas when it comes in a list of its own."""

    label: str = "Candidate labels"
    placeholder: str = "Type a label and press Enter"

    def read(self, value: Any, settings: Settings) -> list[str]:
        """Return the labels in their order, trimmed, each once.

        A single string is split at commas, as transformers' pipeline does.

        Raises:
            InputError: none, or more than the limit.
        """
        given = value.split(",") if isinstance(value, str) else value or []
        if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
            raise InputError("Candidate labels must be a list of texts.", 'Send ["a", "b"].')
        labels = list(dict.fromkeys(label for one in given if (label := clean(one))))
        if not labels:
            raise InputError("There are no candidate labels.", "Type at least one and press Enter.")
        if len(labels) > settings.max_labels:
            raise InputError(
                f"{len(labels)} labels are too many; {settings.max_labels} are the limit.",
                "Remove some, or ask in two runs.",
            )
        return labels
