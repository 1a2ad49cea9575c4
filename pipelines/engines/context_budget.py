"""The context that llama.cpp's parallel chats share: a chat waits until its tokens fit, in turn.

llama.cpp accepts every request, and when all sequences together exceed the context it fails all of
them.
"""

import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pipelines.inputs.messages import Message
from pipelines.run import CHECK_SECONDS, stop_if_cancelled

# An upper bound of the token count without a tokenizer: byte-level BPE makes at most one token of
# a byte, and of English words seldom more than one per four letters with the space before them.
PIECES = re.compile(rb" ?[A-Za-z]{1,4}|[^A-Za-z]")
TEMPLATE_TOKENS = 64  # what a chat template adds around its messages
IMAGE_TOKENS = 1024


class ContextBudget:
    """A number of tokens, shared by all running chats of a model."""

    def __init__(self, tokens: int) -> None:
        self._total = self._free = tokens
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def reserve(self, tokens: int) -> Iterator[None]:
        """Hold this many tokens, or the whole budget, for the block.

        Waits until they are free, first come first served: a large chat is not overtaken for ever.

        Raises:
            Cancelled: the user stopped while this chat waited.
        """
        tokens = min(tokens, self._total)
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while self._waiting[0] is not ticket or self._free < tokens:
                    self._changed.wait(CHECK_SECONDS)
                    stop_if_cancelled()
                self._free -= tokens
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += tokens
                self._changed.notify_all()


def estimate_tokens(messages: Sequence[Message], max_new_tokens: int) -> int:
    """An upper bound of the tokens of a chat with its answer; xllamacpp has no tokenizer call."""
    text = sum(len(PIECES.findall(message["content"].encode())) for message in messages)
    images = sum(len(message.get("images", ())) for message in messages)
    return text + IMAGE_TOKENS * images + TEMPLATE_TOKENS + max_new_tokens
