"""A sound that is still being recorded: who records appends to it, one run reads it meanwhile.

It is no longer than a sound may be, and ends by itself when nothing has come for a while, as of a
page that was closed. Only the page makes one; what a client sends is never one.
"""

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipelines.inputs.audio import SAMPLING_RATE, Sound
from pipelines.run import CHECK_SECONDS, note, stop_if_cancelled

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, Any]

PATIENCE = 10.0  # seconds without a piece, after which nobody records any more


class LiveSound(Sound):
    """As much as has come. Any thread may append."""

    def __init__(self, longest_seconds: int) -> None:
        self.longest_seconds = longest_seconds
        self._pieces: list[Samples] = []
        self._length = self._read = 0  # pieces that were read stay: the whole is kept at the end
        self._resampler: Any = None
        self._rate = 0  # of what comes
        self._changed = threading.Condition()
        self._ended = False
        self._last_piece = time.monotonic()

    @property
    def samples(self) -> "Samples":
        """All samples that were received so far."""
        import numpy as np

        with self._changed:
            return np.concatenate([np.empty(0, np.float32), *self._pieces])

    @property
    def seconds(self) -> float:
        """The length of what was received so far."""
        return self._length / SAMPLING_RATE

    def append(self, samples: "Samples", sampling_rate: int) -> None:
        """Take the next piece: int16, shape (samples,); what is too much is left out."""
        import numpy as np
        import soxr

        with self._changed:
            if sampling_rate != self._rate:
                self._rate = sampling_rate
                self._resampler = soxr.ResampleStream(sampling_rate, SAMPLING_RATE, 1, "float32")
            piece = self._resampler.resample_chunk(samples.astype(np.float32) / 32768)
            most = self.longest_seconds * SAMPLING_RATE
            piece = piece[: most - self._length]
            self._pieces.append(piece)
            self._length += len(piece)
            self._last_piece = time.monotonic()
            self._ended = self._ended or self._length >= most
            self._changed.notify_all()

    def end(self) -> None:
        """Mark the end of the recording."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def pieces(self, seconds: float) -> "Iterator[Samples]":
        """What has come since the last one, each time that it is so long, to the end.

        Raises:
            Cancelled: the user stopped.
        """
        import numpy as np

        while True:
            with self._changed:
                while not self._ended and self._unread() < seconds:
                    self._changed.wait(CHECK_SECONDS)
                    stop_if_cancelled()
                    if time.monotonic() - self._last_piece > PATIENCE:
                        self._ended = True
                new, self._read, ended = self._pieces[self._read :], len(self._pieces), self._ended
            if new:
                yield np.concatenate(new)
            if ended:
                break
        if self.seconds >= self.longest_seconds:
            most = f"{self.longest_seconds} seconds"
            note(f"Only the first {most} count (PLAYGROUND_MAX_AUDIO_SECONDS).")

    def _unread(self) -> float:
        return sum(map(len, self._pieces[self._read :])) / SAMPLING_RATE
