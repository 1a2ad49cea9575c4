"""Progress of long work: what is told of it, and a meter of downloads."""

import time
from collections import deque
from dataclasses import dataclass

RATE_SECONDS = 5.0  # the window over which the rate is averaged


@dataclass(frozen=True)
class Progress:
    """How far some long work is. `done` and `total` are in bytes, `rate` in bytes per second."""

    stage: str
    text: str
    done: int | None = None
    total: int | None = None
    rate: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """Estimated time left at this rate."""
        if not self.rate or self.total is None or self.done is None:
            return None
        return (self.total - self.done) / self.rate


class Meter:
    """Counts the bytes of a download of one or several files."""

    def __init__(self, text: str, total: int | None = None) -> None:
        self.text = text
        self.total = total
        self.before = 0  # bytes of the files that are complete
        self._points: deque[tuple[float, int]] = deque()

    def at(self, done: int, size: int | None = None) -> Progress:
        """The progress when `done` of `size` bytes of the current file are here."""
        now, done = time.monotonic(), self.before + done
        self._points.append((now, done))
        while now - self._points[0][0] > RATE_SECONDS:
            self._points.popleft()
        (since, least) = self._points[0]
        rate = (done - least) / (now - since) if now - since > 0.5 else None
        return Progress("downloading", self.text, done, self.total or size, rate)
