"""What callers have asked for lately, as the limits library counts it, safe from the clock.

It reads the wall clock: once that is set back, all it has counted lies in the future, and whoever
was at their limit would be refused until the clock is there again.
"""

import time

from limits.storage import MemoryStorage

TOLERANCE = 5.0  # seconds; clocks are set right by less all the time, and that does no harm


class SteadyStorage(MemoryStorage):
    """A MemoryStorage that forgets all when the wall clock was set back."""

    def __init__(self) -> None:
        super().__init__()
        self._offset = time.time() - time.monotonic()

    def mind_clock(self) -> None:
        """To be called before a limit is asked."""
        offset = time.time() - time.monotonic()
        if offset < self._offset - TOLERANCE:
            self.reset()
        self._offset = offset
