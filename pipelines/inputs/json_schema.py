"""A JSON schema as an option, which constrains what a model generates.

Every engine may rely on an object of bounded size and depth whose numbers are finite and whose
references stay inside it. Which keywords an engine supports, it checks itself.
"""

import math
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InputError, quoted
from pipelines.settings import Settings

DEEPEST = 24  # levels of nested objects and lists
MOST_VALUES = 2_000  # objects, lists and scalars together
MOST_CHARACTERS = 20_000  # of all strings together
LARGEST = 2**53  # beyond it, JSON parsers disagree about integers


@dataclass(frozen=True)
class JsonSchema:
    """A JSON schema, or none."""

    help: str

    def read(self, name: str, value: Any, settings: Settings) -> dict[str, Any] | None:
        """Return the schema.

        Raises:
            InputError: not an object, too large, or with a reference to another document.
        """
        if value is None:
            return None
        if not isinstance(value, dict):
            raise InputError(f"{name} must be a JSON schema.", 'Send {"type": "object", …}.')
        _check_size(name, value)
        return value


def _check_size(name: str, schema: dict[str, Any]) -> None:
    """Check all values level by level, without recursion, which deep nesting would exhaust."""
    level: list[Any] = [schema]
    values = characters = 0
    for _ in range(DEEPEST):
        values += len(level)
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                _check_reference(name, one)
                inner += one.values()
                characters += sum(len(key) for key in one)
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, str):
                characters += len(one)
            elif isinstance(one, int | float) and not _is_exact(one):
                raise InputError(f"{name} has a number that is too large.", "Send a smaller one.")
        if values + len(inner) > MOST_VALUES or characters > MOST_CHARACTERS:
            raise InputError(
                f"{name} is too large.",
                f"{MOST_VALUES:,} values and {MOST_CHARACTERS:,} characters are the limit.",
            )
        if not inner:
            return
        level = inner
    raise InputError(f"{name} is nested more than {DEEPEST} levels deep.", "Make it flatter.")


def _check_reference(name: str, value: dict[str, Any]) -> None:
    reference = value.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        raise InputError(
            f"{name} refers to {quoted(reference)}; nothing is fetched.",
            'Put it into "$defs" and refer to "#/$defs/NAME".',
        )


def _is_exact(number: float) -> bool:
    return math.isfinite(number) and abs(number) <= LARGEST
