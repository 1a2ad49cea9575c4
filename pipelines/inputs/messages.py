"""A conversation as input: a prompt, or messages with roles as transformers' chat pipelines take.

A message is {"role": "user" | "assistant" | "system", "content": text, "images"?: pictures}.
Content may be a list of parts too, as transformers' processors and gradio's chat write it: its
texts are joined, its pictures go to "images".
"""

from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from pipelines.errors import InputError
from pipelines.inputs.image import Image, Picture
from pipelines.inputs.text import Text
from pipelines.settings import Settings


class Message(TypedDict):
    """One turn; `images` are the pictures that came with it."""

    role: str
    content: str
    images: NotRequired[list[Picture]]


ROLES = {"user", "assistant", "system"}


@dataclass(frozen=True)
class Messages:
    """A prompt as string, or a list of messages that ends with the user's."""

    label: str = "Prompt"
    placeholder: str = ""

    def read(self, value: Any, settings: Settings) -> list[Message]:
        """Return the messages; a plain prompt becomes one message of the user.

        Raises:
            InputError: an unknown role, nothing asked, or a picture that cannot be read.
        """
        if isinstance(value, list):
            messages = [_message(one, settings) for one in value]
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


def with_picture(messages: list[Message], image: Picture) -> list[Message]:
    """The messages with the picture in them that the last one is about.

    Without any picture so far it belongs to the first question. With others it belongs to the
    last, unless it is the newest of them already: no picture is looked at twice.
    """
    seen = pictures(messages)
    if seen and seen[-1].size == image.size and seen[-1].tobytes() == image.tobytes():
        return messages
    asked = [i for i, message in enumerate(messages) if message["role"] == "user"]
    at = asked[-1 if seen else 0] if asked else len(messages) - 1
    with_it: Message = {**messages[at], "images": [*messages[at].get("images", ()), image]}
    return [*messages[:at], with_it, *messages[at + 1 :]]


def pictures(messages: list[Message]) -> list[Picture]:
    """All pictures of a conversation, the oldest first."""
    return [image for message in messages for image in message.get("images", ())]


def given_pictures(message: Any) -> list[Any]:
    """The pictures of one message as they came: files, paths, data URLs."""
    if not isinstance(message, dict):
        return []
    parts = [part for part in _parts(message) if isinstance(part, dict)]
    named = [part[key] for part in parts for key in ("image", "file") if part.get(key)]
    images = message.get("images") or []
    return [*(images if isinstance(images, list) else [images]), *named]


def _parts(message: dict[str, Any]) -> list[Any]:
    content = message.get("content")
    return content if isinstance(content, list) else []


def _message(value: Any, settings: Settings) -> Message:
    role = value.get("role") if isinstance(value, dict) else None
    if role not in ROLES:
        raise InputError(
            "A message needs a role and a content.",
            'Send {"role": "user", "content": "…"}.',
        )
    content = value.get("content") or ""
    if isinstance(content, list):
        content = "\n".join(p["text"] for p in content if isinstance(p, dict) and p.get("text"))
    message: Message = {"role": str(role), "content": str(content)}
    if given := given_pictures(value):
        message["images"] = [Image().read(one, settings) for one in given]
    return message
