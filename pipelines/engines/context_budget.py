"""The context that llama.cpp's parallel chats share: a chat waits until its tokens fit, in turn.

llama.cpp accepts every request, and when all sequences together exceed the context it fails all of
them.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pipelines.inputs.messages import Message
from pipelines.run import CHECK_SECONDS, stop_if_cancelled

# An upper bound of the token count without a tokenizer: byte-level BPE makes at most one token of
# a byte, and of English words seldom more than one per four letters with the space before them.
PIECES = re.compile(rb" ?[A-Za-z]{1,4}|[^A-Za-z]")
TEMPLATE_TOKENS = 64  # what a chat template adds before the first message and for the answer
MESSAGE_TOKENS = 8  # what it adds around each: ChatML five
IMAGE_TOKENS = 1024


class ContextBudget:
    """A number of tokens, shared by all running chats of a model."""

    def __init__(self, tokens: int) -> None:
        self._total = self._free = tokens
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @property
    def tokens(self) -> int:
        """The size of the context, in tokens."""
        return self._total

    def has_free(self, tokens: int) -> bool:
        """Whether so many could be held at once, without waiting."""
        with self._changed:
            return not self._waiting and tokens <= self._free

    def enlarge(self, tokens: int) -> None:
        """Set the size of the context, which has grown."""
        with self._changed:
            self._free += tokens - self._total
            self._total = tokens
            self._changed.notify_all()

    @contextmanager
    def reserve(self, tokens: int, alone: bool = False) -> Iterator[None]:
        """Hold this many tokens for the block; all there are if they are fewer, or if `alone`.

        Waits until they are free, first come first served: a large chat is not overtaken for ever.

        Raises:
            Cancelled: the user stopped while this chat waited.
        """
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while self._waiting[0] is not ticket or self._free < self._held(tokens, alone):
                    self._changed.wait(CHECK_SECONDS)
                    stop_if_cancelled()
                held = self._held(tokens, alone)
                self._free -= held
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += held
                self._changed.notify_all()

    def _held(self, tokens: int, alone: bool) -> int:
        return self._total if alone else min(tokens, self._total)


def estimate_tokens(
    messages: Sequence[Message], max_new_tokens: int, tools: Sequence[Mapping[str, Any]] = ()
) -> int:
    """An upper bound of the tokens of a chat with its answer; xllamacpp has no tokenizer call."""
    texts = [*(message["content"] for message in messages), *map(json.dumps, tools)]
    text = sum(len(PIECES.findall(one.encode())) for one in texts)
    images = sum(len(message.get("images", ())) for message in messages)
    around = TEMPLATE_TOKENS + MESSAGE_TOKENS * len(messages)
    return text + IMAGE_TOKENS * images + around + max_new_tokens
