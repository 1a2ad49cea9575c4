"""A conversation as input: a prompt, or messages with roles, as in transformers' chat pipelines.

A message is {"role": "user" | "assistant" | "system", "content": text, "images"?: pictures}.
Content may also be a list of parts, as transformers' processors, gradio's chat and OpenAI's clients
write it: its texts are joined, its pictures become "images".
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
# Limits of one conversation, checked before any message is parsed: 20,001 of them took 17 s.
MOST_MESSAGES = 500
MOST_PARTS = 100  # in one message
MOST_PICTURES = 20
TEXTS = 10  # all messages together may have the characters of this many texts at their limit
NEW_CHAT = "Start a new conversation."


@dataclass(frozen=True)
class Messages:
    """A prompt as string, or a list of messages.

    `exact`: white space at the ends of the last one is kept, since a model may continue it.
    """

    label: str = "Prompt"
    placeholder: str = ""
    exact: bool = False

    def read(self, value: Any, settings: Settings) -> list[Message]:
        """Return the messages; a plain prompt becomes one message of the user.

        Raises:
            InputError: an unknown role, nothing asked, too much of it, or a picture that cannot
                be read.
        """
        if isinstance(value, list):
            _check_size(value, settings)
            messages = [_message(one, settings) for one in value]
        else:
            messages = [{"role": "user", "content": value}]
        if not messages:
            raise InputError("There is no prompt.", "Type something or click an example.")
        last = Text(self.label, cut=False, exact=self.exact).read(messages[-1]["content"], settings)
        return [*messages[:-1], {**messages[-1], "content": last}]


def with_system(messages: list[Message], system: str) -> list[Message]:
    """The messages, with `system` in front unless they begin with a system message."""
    if not system or messages[0]["role"] == "system":
        return messages
    return [{"role": "system", "content": system}, *messages]


def with_picture(messages: list[Message], image: Picture) -> list[Message]:
    """Attach the picture that the last question is about.

    It goes to the first question if the conversation has no picture yet, else to the last one; a
    picture that is the conversation's newest already is not attached again.
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
    """The pictures of one message as they were sent: files, paths, data URLs."""
    if not isinstance(message, dict):
        return []
    named = [one for part in _parts(message) if (one := _picture(part))]
    images = message.get("images") or []
    return [*(images if isinstance(images, list) else [images]), *named]


def _picture(part: Any) -> Any:
    """The picture in a part, as gradio's chat, transformers and OpenAI's clients write it."""
    if not isinstance(part, dict):
        return None
    if part.get("path") or part.get("url"):
        return part
    if isinstance(part.get("base64"), str):
        return {"url": f"data:;base64,{part['base64']}"}
    return next((part[key] for key in ("image", "file", "image_url") if part.get(key)), None)


def _parts(message: dict[str, Any]) -> list[Any]:
    content = message.get("content")
    return content if isinstance(content, list) else []


def _texts(message: dict[str, Any]) -> list[str]:
    content = message.get("content")
    if isinstance(content, str):
        return [content]
    if not isinstance(content, list):
        return []
    texts = (part.get("text") if isinstance(part, dict) else part for part in content)
    return [text for text in texts if isinstance(text, str) and text]


def _check_size(messages: list[Any], settings: Settings) -> None:
    """Refuse a conversation that is too long, by counting alone."""
    if len(messages) > MOST_MESSAGES:
        raise InputError(
            f"{len(messages):,} messages are too many; {MOST_MESSAGES} are the limit.", NEW_CHAT
        )
    given = [message for message in messages if isinstance(message, dict)]
    if any(len(_parts(message)) > MOST_PARTS for message in given):
        raise InputError(f"A message has more than {MOST_PARTS} parts.", "Send fewer.")
    if sum(len(given_pictures(message)) for message in given) > MOST_PICTURES:
        raise InputError(f"There are more than {MOST_PICTURES} pictures.", NEW_CHAT)
    most = TEXTS * settings.max_characters
    if sum(len(text) for message in given for text in _texts(message)) > most:
        raise InputError(f"The messages have more than {most:,} characters.", NEW_CHAT)


def _message(value: Any, settings: Settings) -> Message:
    role = value.get("role") if isinstance(value, dict) else None
    content = value.get("content") if isinstance(value, dict) else None
    if not isinstance(role, str) or role not in ROLES or not isinstance(content, str | list | None):
        raise InputError(
            "A message needs a role and a content.",
            'Send {"role": "user", "content": "…"}.',
        )
    message: Message = {"role": role, "content": "\n".join(_texts(value))}
    if given := given_pictures(value):
        message["images"] = [Image().read(one, settings) for one in given]
    return message
