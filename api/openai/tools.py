"""Tools in a chat: OpenAI's declarations and choices as the task's options, calls as OpenAI's.

A model's template has its own form for calls and their results; here they are turns of text, which
every template takes.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from api.openai.shapes import CalledFunction, ToolCallDelta, ToolCallTold
from pipelines.errors import InputError
from pipelines.outputs import ToolCall
from pipelines.text.tool_calls import AUTO, REQUIRED


class NamedFunction(BaseModel):
    """A function by its name."""

    name: str


class NamedTool(BaseModel):
    """The function that is to be called."""

    type: Literal["function"]
    function: NamedFunction


class Called(BaseModel):
    """A call in a conversation, as it was answered."""

    model_config = ConfigDict(extra="allow")

    name: str
    arguments: str


class CalledTool(BaseModel):
    """The same, with the number that its result has."""

    id: str
    type: Literal["function"] = "function"
    function: Called


def options(
    tools: Sequence[Any] | None, choice: Literal["none", "auto", "required"] | NamedTool | None
) -> dict[str, Any]:
    """The task's options.

    Raises:
        InputError: something is chosen of no tools.
    """
    if not tools:
        if choice in (None, "none", AUTO):
            return {}
        raise InputError("tool_choice chooses of tools, and there are none.", "Send tools.")
    if choice == "none":
        return {}
    if isinstance(choice, NamedTool):
        named = choice.function.name
        if named in (AUTO, REQUIRED):
            raise InputError(f"A function named {named} is not called here.", "Rename it.")
        return {"tools": tools, "tool_choice": named}
    return {"tools": tools, "tool_choice": choice or AUTO}


def as_text(calls: Sequence[CalledTool]) -> str:
    """Calls as a turn of text, laid out as a model is asked to write them."""
    written = [
        f'{{"name": {json.dumps(c.function.name)}, "arguments": {c.function.arguments}}}'
        for c in calls
    ]
    return "\n".join(written)


def whole(calls: Sequence[ToolCall]) -> list[ToolCallTold]:
    """Calls as a whole answer has them."""
    return [_told(one) for one in calls]


def _told(call: ToolCall) -> ToolCallTold:
    function: CalledFunction = {"name": call["name"], "arguments": call["arguments"]}
    return {"id": f"call_{uuid.uuid4().hex}", "type": "function", "function": function}


class Growing:
    """What was sent of a stream's calls."""

    def __init__(self) -> None:
        self._sent: list[int] = []  # characters of each call's arguments

    def new(self, calls: Sequence[ToolCall]) -> list[ToolCallDelta]:
        """What a chunk adds to the calls that were streamed before."""
        deltas: list[ToolCallDelta] = []
        for index, call in enumerate(calls):
            if index == len(self._sent):
                self._sent.append(0)
                deltas.append({"index": index, **_told(call)})
            elif new := call["arguments"][self._sent[index] :]:
                deltas.append({"index": index, "function": {"arguments": new}})
            self._sent[index] = len(call["arguments"])
        return deltas
