"""Remembers for a minute which sources can be reached, so that each is not tried every time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.errors import UnreachableError
from pipelines.store import hub

REMEMBER_SECONDS = 60.0


class Reachability:
    """What one store knows of its sources."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._sources = sources
        self._unreachable: dict[str, float] = {}  # by source, until when it is skipped
        self._reachable = 0.0  # until when the Hub is taken to be reachable
        self._asking = threading.Lock()

    def skipped(self, source: str) -> bool:
        """Whether the source could not be reached within the last minute."""
        return self._unreachable.get(source, 0.0) > time.monotonic()

    def skip(self, source: str) -> None:
        """Do not try this source for a minute."""
        self._unreachable[source] = time.monotonic() + REMEMBER_SECONDS

    @contextmanager
    def hub(self) -> Iterator[None]:
        """Ask the Hub inside the block; it is skipped for a minute once it cannot be reached.

        Raises:
            UnreachableError: it is no source, is skipped, or cannot be reached.
        """
        if "hub" not in self._sources:
            raise UnreachableError("The Hub is not among the sources.", "See PLAYGROUND_SOURCES.")
        try:
            with self._asking:  # of callers who come together, one finds out for all
                if self.skipped("hub") or not self._hub_answers():
                    raise UnreachableError("The Hub cannot be reached.", "Check the network.")
            yield
        except UnreachableError:
            if not self.skipped("hub"):
                self.skip("hub")
            self._reachable = 0.0
            raise

    def _hub_answers(self) -> bool:
        if self._reachable <= time.monotonic():
            if not hub.reachable():
                return False
            self._reachable = time.monotonic() + REMEMBER_SECONDS
        return True
