"""Labels that a person types: a list of short texts, without duplicates."""

from dataclasses import dataclass
from typing import Any

from pipelines.errors import InputError
from pipelines.inputs.text import clean
from pipelines.settings import Settings

LONGEST = 200  # characters of a label: each label is a row of the batch, with the text
REPEATED = 10  # times the limit may be sent, since duplicates are removed


@dataclass(frozen=True)
class Labels:
    """Candidate labels. A label may contain commas when the labels are sent as a list."""

    label: str = "Candidate labels"
    placeholder: str = "Type a label and press Enter"

    def read(self, value: Any, settings: Settings) -> list[str]:
        """Return the labels in their order, trimmed, each once.

        A single string is split at commas, as transformers' pipeline does.

        Raises:
            InputError: none, more than the limit, or one that is too long.
        """
        most = REPEATED * settings.max_labels
        if isinstance(value, str):  # cut where more would be refused in any case
            value = value[: most * (LONGEST + 1)].split(",", most)
        given = value or []
        if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
            raise InputError("Candidate labels must be a list of texts.", 'Send ["a", "b"].')
        if len(given) > most:
            raise _too_many(f"More than {most}", settings)
        if any(len(one.strip()) > LONGEST for one in given):
            raise InputError(f"A label has more than {LONGEST} characters.", "Shorten it.")
        labels = list(dict.fromkeys(label for one in given if (label := clean(one))))
        if not labels:
            raise InputError("There are no candidate labels.", "Type at least one and press Enter.")
        if len(labels) > settings.max_labels:
            raise _too_many(str(len(labels)), settings)
        return labels


def _too_many(count: str, settings: Settings) -> InputError:
    return InputError(
        f"{count} labels are too many; {settings.max_labels} are the limit.",
        "Remove some, or ask in two runs.",
    )
