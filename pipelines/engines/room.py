"""Room in a context that running chats share: who would not fit beside the others waits.

llama.cpp takes every chat, and when the tokens of all exceed the context it ends them all.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pipelines.inputs.messages import Message
from pipelines.trace import CHECK_SECONDS, stop_if_cancelled

# Byte-level BPE makes at most a token of a byte; of words seldom more than one of four letters,
# with the space before them.
PIECES = re.compile(rb" ?[A-Za-z]{1,4}|[^A-Za-z]")
TEMPLATE = 64  # tokens of a chat template around its messages
PICTURE = 1024  # tokens


class Room:
    """So many tokens for all."""

    def __init__(self, tokens: int) -> None:
        self._all = self._free = tokens
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, tokens: int) -> Iterator[None]:
        """Hold the tokens, or all there are, once they are free.

        Raises:
            Cancelled: the user stopped while this one waited.
        """
        tokens = min(tokens, self._all)
        with self._changed:
            while self._free < tokens:
                self._changed.wait(CHECK_SECONDS)
                stop_if_cancelled()
            self._free -= tokens
        try:
            yield
        finally:
            with self._changed:
                self._free += tokens
                self._changed.notify_all()


def estimate(messages: Sequence[Message], max_new_tokens: int) -> int:
    """How many tokens a chat will have at most, told from its letters; llama.cpp does not count."""
    read = sum(len(PIECES.findall(message["content"].encode())) for message in messages)
    pictures = sum(len(message.get("images", ())) for message in messages)
    return read + PICTURE * pictures + TEMPLATE + max_new_tokens
