"""Keeps what a user types from being read as a control token of the chat template.

Tokenizers turn <|im_end|> into the control token wherever it stands in the rendered template. A
word joiner (invisible, no space) within it makes it the plain text that the user typed.
"""

import re
from collections.abc import Iterable

from pipelines.inputs.messages import Message

WORD_JOINER = "\u2060"


def as_plain_text(text: str, control_tokens: Iterable[str]) -> str:
    """The text with a word joiner in each control token."""
    longest_first = sorted({one for one in control_tokens if len(one) > 1}, key=len, reverse=True)
    if not longest_first:
        return text
    pattern = re.compile("|".join(re.escape(one) for one in longest_first))
    while pattern.search(text):  # again, for one may stand within another
        text = pattern.sub(lambda found: found[0][0] + WORD_JOINER + found[0][1:], text)
    return text


def with_plain_text(messages: list[Message], control_tokens: Iterable[str]) -> list[Message]:
    """The same for the messages of a conversation."""
    known = list(control_tokens)
    return [{**one, "content": as_plain_text(one["content"], known)} for one in messages]
