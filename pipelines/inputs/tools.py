"""Functions that a model may call, as an option: declared as OpenAI and transformers take them.

{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", …}}}
"""

import re
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InputError, quoted
from pipelines.inputs.json_schema import JsonSchema
from pipelines.settings import Settings

MOST_TOOLS = 32
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # as OpenAI's
EXAMPLE = 'Send {"type": "function", "function": {"name": …, "parameters": {…}}}.'


@dataclass(frozen=True)
class Tools:
    """Declarations of functions, or none."""

    help: str

    def read(self, name: str, value: Any, settings: Settings) -> list[dict[str, Any]] | None:
        """Return the declarations, each with a description and a JSON schema of its arguments.

        Raises:
            InputError: no list of functions, two of one name, or too large.
        """
        if value is None or value == []:
            return None
        if not isinstance(value, list) or len(value) > MOST_TOOLS:
            raise InputError(f"{name} must be a list of up to {MOST_TOOLS} functions.", EXAMPLE)
        JsonSchema(self.help).read(name, {"tools": value}, settings)  # their size, all together
        read = [_declared(one) for one in value]
        names = [one["function"]["name"] for one in read]
        if len(set(names)) < len(names):
            raise InputError(f"{name} has two functions of one name.", "Rename one of them.")
        return read


def _declared(value: Any) -> dict[str, Any]:
    match value:
        case {"type": "function", "function": {"name": str(name), **rest}}:
            description, parameters = rest.get("description") or "", rest.get("parameters")
        case {"type": str(kind)} if kind != "function":
            raise InputError(f"A tool of type {quoted(kind)} is not called here.", EXAMPLE)
        case _:
            raise InputError("A tool is a function with a name.", EXAMPLE)
    if not NAME.fullmatch(name):
        raise InputError(
            f"{quoted(name)} is no name of a function.",
            "Take up to 64 letters, digits, underscores and hyphens.",
        )
    if parameters is None:
        parameters = {"type": "object", "properties": {}}
    if not isinstance(description, str) or not isinstance(parameters, dict):
        raise InputError(f"{name} needs a description and a JSON schema as parameters.", EXAMPLE)
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}
