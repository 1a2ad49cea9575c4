"""What bodies of requests may take: memory, all together and of each network, and time.

Whoever holds a connection open and sends little of a large body, or nothing, would have it for
ever. A body that was read stays in memory until its request is answered, which may be after a long
wait in the queue. Knows ASGI, nothing of what is sent.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Message, Receive

SMALL = 65_536  # bytes that each body may have in any case: no large ones keep a small one out
WINDOW_SECONDS = 10.0  # in which so many bytes have to come, or the end
LEAST_BYTES = 100_000


class TooMuchError(Exception):
    """All bodies together, or those of one network, take more memory than they may."""


class TooSlowError(Exception):
    """A body comes too slowly."""


class BodyBudget:
    """The memory that bodies share; one network has at most half of it."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: Counter[str] = Counter()  # bytes of each network

    @contextmanager
    def counted(self, receive: Receive, network: str = "") -> Iterator[Receive]:
        """The same body; what was read of it counts until the block ends.

        Raises:
            TooMuchError: there is no room for more of it.
        """
        own = 0

        async def counted() -> Message:
            nonlocal own
            message = await receive()
            size = len(message.get("body", b""))
            if own + size > SMALL and not self._has_room(network, size):
                raise TooMuchError
            own += size
            self._held[network] += size
            return message

        try:
            yield counted
        finally:
            self._held[network] -= own
            if not self._held[network]:
                del self._held[network]

    def _has_room(self, network: str, size: int) -> bool:
        return (
            self._held.total() + size <= self._most
            and self._held[network] + size <= self._most // 2
        )


def in_time(receive: Receive) -> Receive:
    """The same body, which raises TooSlowError when it does not come on."""
    since, came, ended = time.monotonic(), 0, False

    async def in_time() -> Message:
        nonlocal since, came, ended
        if ended:
            return await receive()
        left = max(0.0, since + WINDOW_SECONDS - time.monotonic())
        try:
            message = await asyncio.wait_for(receive(), left)
        except TimeoutError:
            raise TooSlowError from None
        came += len(message.get("body", b""))
        if came >= LEAST_BYTES:
            since, came = time.monotonic(), 0
        ended = not message.get("more_body", False)
        return message

    return in_time
