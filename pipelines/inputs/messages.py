"""A conversation as input: a prompt, or messages with roles as transformers' chat pipelines take.

A message is {"role": "user" | "assistant" | "system", "content": text}. Gradio's chat sends
content as a list of parts; the texts among them are joined.
"""

from dataclasses import dataclass
from typing import Any

from pipelines.errors import InputError
from pipelines.inputs.text import Text
from pipelines.settings import Settings

Message = dict[str, str]
ROLES = {"user", "assistant", "system"}


@dataclass(frozen=True)
class Messages:
    """A prompt as string, or a list of messages that ends with the user's."""

    label: str = "Prompt"
    placeholder: str = ""

    def read(self, value: Any, settings: Settings) -> list[Message]:
        """Return the messages; a plain prompt becomes one message of the user.

        Raises:
            InputError: an unknown role, or nothing asked.
        """
        if isinstance(value, list):
            messages = [_message(one) for one in value]
        else:
            messages = [{"role": "user", "content": value}]
        if not messages:
            raise InputError("There is no prompt.", "Type something or click an example.")
        last = Text(self.label, cut=False).read(messages[-1]["content"], settings)
        return [*messages[:-1], {**messages[-1], "content": last}]


def with_system(messages: list[Message], system: str) -> list[Message]:
    """The messages, begun with `system` when they have no system message of their own."""
    if not system or messages[0]["role"] == "system":
        return messages
    return [{"role": "system", "content": system}, *messages]


def _message(value: Any) -> Message:
    role = value.get("role") if isinstance(value, dict) else None
    if role not in ROLES:
        raise InputError(
            "A message needs a role and a content.",
            'Send {"role": "user", "content": "…"}.',
        )
    content = value.get("content") or ""
    if isinstance(content, list):
        content = "\n".join(p["text"] for p in content if isinstance(p, dict) and p.get("text"))
    return {"role": str(role), "content": str(content)}
