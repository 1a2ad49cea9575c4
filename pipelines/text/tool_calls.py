"""Functions that a chat model calls: what it is told of them, how it is held to them.

With the choice "required", or a function's name, the text is held to JSON of one call, which a
model with `HoldToSchema` writes whether its template knows tools or not. With "auto" the model
decides, where its template knows them (`CallTools`).
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pipelines.errors import InputError, quoted
from pipelines.inputs.messages import Message
from pipelines.outputs import ToolCall
from pipelines.parse_json import parse_json

Declared: TypeAlias = Sequence[Mapping[str, Any]]
AUTO, REQUIRED = "auto", "required"
TOOLS_PROMPT = """You can call these functions:
{functions}
To call one, answer with nothing but JSON: {{"name": "…", "arguments": {{…}}}}"""
CALL = re.compile(r'\{"name": "([^"]*)", "arguments": ')  # as a text is laid out that is held


def call_schema(tools: Declared, choice: str) -> dict[str, Any] | None:
    """What a text is held to that must call one of the functions; None where it need not.

    Raises:
        InputError: no function is named so.
    """
    if choice == AUTO:
        return None
    functions = [one["function"] for one in tools]
    if choice != REQUIRED:
        functions = [one for one in functions if one["name"] == choice]
        if not functions:
            raise InputError(f"No function is named {quoted(choice)}.", "Declare it in tools.")
    calls = [
        {
            "type": "object",
            "properties": {
                "name": {"const": one["name"]},
                "arguments": {"$ref": f"#/$defs/{one['name']}"},
            },
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for one in functions
    ]
    arguments = {one["name"]: _moved(one["parameters"], one["name"]) for one in functions}
    return {**(calls[0] if len(calls) == 1 else {"anyOf": calls}), "$defs": arguments}


def with_tools(prompt: list[Message], tools: Declared) -> list[Message]:
    """The conversation, begun with what functions there are, for a template without tools."""
    functions = "\n".join(json.dumps(one["function"], ensure_ascii=False) for one in tools)
    said = TOOLS_PROMPT.format(functions=functions)
    if prompt[0]["role"] == "system":
        first, *rest = prompt
        return [{**first, "content": f"{first['content']}\n\n{said}"}, *rest]
    return [{"role": "system", "content": said}, *prompt]


def call_in(text: str) -> ToolCall | None:
    """The call that a held text is, or begins to be: its arguments as far as they are certain."""
    begun = CALL.match(text)
    if begun is None:
        return None
    arguments = text[begun.end() :]
    try:
        parse_json(text)
    except ValueError:  # the last braces may close the call, not its arguments
        return {"name": begun[1], "arguments": arguments.rstrip("}")}
    return {"name": begun[1], "arguments": arguments[:-1]}


def _moved(schema: Any, name: str) -> Any:
    """The schema with references as they are where it stands in another, under its name."""
    if isinstance(schema, list):
        return [_moved(one, name) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: f"#/$defs/{name}{value.removeprefix('#')}"
        if key == "$ref" and isinstance(value, str)
        else _moved(value, name)
        for key, value in schema.items()
    }
