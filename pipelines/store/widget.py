"""The examples that a Hub model's card offers: `widget:` in the metadata of its README.

    widget:
    - text: My name is Sarah and I live in London.
      example_title: London

Anyone can publish a card: what is not of the expected shape is left out, and so is what is too long
or too much. Texts are passed on as they are, for whoever shows them to escape.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST = 8
LONGEST_TEXT = 4_000  # characters
LONGEST_LINE = 200
LONGEST_ADDRESS = 2_000
MOST_LABELS = 20


@dataclass(frozen=True)
class WidgetExample:
    """One example; "" and () for what it does not have. `source` is the address of a file."""

    title: str = ""
    text: str = ""
    context: str = ""
    source: str = ""
    labels: tuple[str, ...] = ()


def examples(card: Any) -> tuple[WidgetExample, ...]:
    """The first examples of a card's metadata that have a text or a file."""
    given = card.get("widget") if isinstance(card, Mapping) else None
    if not isinstance(given, list):
        return ()
    read = (_example(one) for one in given[: 4 * MOST] if isinstance(one, Mapping))
    return tuple(dict.fromkeys(one for one in read if one.text or one.source))[:MOST]


def _example(given: Mapping[str, Any]) -> WidgetExample:
    texts, sources = [given.get("text"), given.get("prompt"), _sentences(given)], [given.get("src")]
    for said, shown in _messages(given):
        texts.append(said)
        sources.append(shown)
    labels = given.get("candidate_labels")
    labels = labels.split(",")[:MOST_LABELS] if isinstance(labels, str) else labels
    lines = [_text(one, LONGEST_LINE) for one in labels] if isinstance(labels, list) else []
    return WidgetExample(
        title=_text(given.get("example_title"), LONGEST_LINE),
        text=next(filter(None, (_text(one, LONGEST_TEXT) for one in texts)), ""),
        context=_text(given.get("context"), LONGEST_TEXT),
        source=next(filter(None, (_text(one, LONGEST_ADDRESS) for one in sources)), ""),
        labels=tuple(line for line in lines if line)[:MOST_LABELS],
    )


def _sentences(given: Mapping[str, Any]) -> str:
    """The lines of an example that compares sentences."""
    others = given.get("sentences")
    lines = [given.get("source_sentence"), *(others if isinstance(others, list) else [])]
    return "\n".join(filter(None, (_text(one, LONGEST_LINE) for one in lines[:MOST_LABELS])))


def _messages(given: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Texts and pictures of the first message of a user."""
    messages = given.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if not isinstance(message, Mapping) or message.get("role") != "user":
            continue
        content = message.get("content")
        for part in content[:MOST] if isinstance(content, list) else []:
            if isinstance(part, Mapping):
                yield part.get("text"), part.get("url") or part.get("image")
        yield content, None
        return


def _text(value: Any, longest: int) -> str:
    """The text, or "" where it is none or too long."""
    return value.strip() if isinstance(value, str) and len(value) <= longest else ""
