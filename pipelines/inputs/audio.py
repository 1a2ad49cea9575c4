"""Sound as input: whatever file or recording comes in becomes mono float32 at 16 kHz."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError
from pipelines.inputs.sound_file import decoding, unreadable
from pipelines.inputs.source import is_missing, open_source
from pipelines.run import note
from pipelines.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, Any]
    Pieces = Iterable[tuple[int, Samples]]

SAMPLING_RATE = 16_000
SAMPLING_RATES = range(1_000, 768_001)  # of files; others are a damaged or a made-up header
SILENCE = 1e-4  # peak amplitude; 16-bit noise of one step is 3e-5


@dataclass(frozen=True)
class Sound:
    """Mono samples in −1…1 as float32, shape (samples,), at `sampling_rate` Hz."""

    samples: "np.ndarray[Any, Any]"
    sampling_rate: int = SAMPLING_RATE

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return len(self.samples) / self.sampling_rate

    def at(self, sampling_rate: int) -> "np.ndarray[Any, Any]":
        """The samples at the rate that a model was trained on."""
        if sampling_rate == self.sampling_rate:
            return self.samples
        import soxr

        resampled: np.ndarray[Any, Any] = soxr.resample(
            self.samples, self.sampling_rate, sampling_rate
        )
        return resampled

    def loudest(self, seconds: float) -> "tuple[float, Sound]":
        """The loudest part of this length with what is loud in its middle, and where it starts.

        Samples are weighed with a Hann window: all places that hold one word whole are as loud
        unweighed, and the word would lie at an edge.
        """
        import numpy as np

        if self.seconds <= seconds:
            return 0.0, self
        step = self.sampling_rate // 100
        power = np.square(self.samples[: len(self.samples) // step * step]).reshape(-1, step)
        frames = min(round(seconds * 100), len(power))
        start = int(np.convolve(power.mean(1), np.hanning(frames), "valid").argmax()) * step
        part = self.samples[start : start + round(seconds * self.sampling_rate)]
        return start / self.sampling_rate, Sound(part, self.sampling_rate)


@dataclass(frozen=True)
class Audio:
    """A sound: a path, bytes, a data URL, gradio's FileData, or (sampling rate, samples)."""

    label: str = "Audio"

    def read(self, value: Any, settings: Settings) -> Sound:
        """Return the sound, mixed to mono and resampled to 16 kHz.

        Raises:
            InputError: no sound, not a sound, silent or shorter than a tenth of a second.
        """
        limit = settings.max_audio_seconds
        if is_missing(value):
            raise InputError("There is no sound.", "Record one, drop a file or click an example.")
        if isinstance(value, tuple):
            rate, samples = value
            total = len(samples) / _checked(rate)
            sound = Sound(_mono_16k([(rate, samples)], limit + 1))
        else:
            with (
                open_source(value, "sound", unreadable()) as opened,
                decoding(opened, limit) as (total, pieces),
            ):
                sound = Sound(_mono_16k(pieces, limit + 1))
        if sound.seconds > limit + 0.5:  # a header's length may lie; what was decoded does not
            of = f" of {total:,.0f}" if total > limit + 0.5 else ""
            note(f"Only the first {limit}{of} seconds count (PLAYGROUND_MAX_AUDIO_SECONDS).")
        sound = Sound(sound.samples[: limit * SAMPLING_RATE])
        if sound.seconds < 0.1:
            raise InputError("The sound is too short.", "Record at least a tenth of a second.")
        if abs(sound.samples).max() < SILENCE:
            raise InputError("The sound is silent.", "Check the microphone or the file.")
        return sound


def _mono_16k(pieces: "Pieces", seconds: float) -> "Samples":
    """Up to so many seconds of the pieces as one mono sound, decoded no further than that."""
    import numpy as np
    import soxr

    parts = []
    sides = ((rate, _sides(samples)) for rate, samples in _first(pieces, seconds))
    # AAC and Ogg may change their rate and channels within a file.
    for (rate, count), group in groupby(sides, key=lambda one: (one[0], one[1].shape[1])):
        resampler = soxr.ResampleStream(rate, SAMPLING_RATE, count, dtype="float32")
        resampled = [resampler.resample_chunk(samples) for _, samples in group]
        resampled.append(resampler.resample_chunk(np.empty((0, count), np.float32), last=True))
        parts.append(_mixed(np.concatenate(resampled)))
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _first(pieces: "Pieces", seconds: float) -> "Iterator[tuple[int, Samples]]":
    import numpy as np

    for rate, piece in pieces:
        samples = np.asarray(piece)
        yield rate, samples[: ceil(seconds * _checked(rate))]
        seconds -= len(samples) / rate
        if seconds <= 0:
            return


def _checked(rate: int) -> int:
    if rate not in SAMPLING_RATES:
        raise InputError(
            f"A sound with {rate:,} samples a second is not read here.",
            f"Save it with {SAMPLING_RATES.start:,} to {SAMPLING_RATES.stop - 1:,}.",
        )
    return rate


def _sides(samples: "Samples") -> "Samples":
    """Samples as float32 in −1…1, shape (samples, 1 or 2): more channels become two.

    The channels of even number are left in all usual layouts, those of odd number right.
    """
    import numpy as np

    bias = 128 if samples.dtype == np.uint8 else 0
    scale = np.iinfo(samples.dtype).max + 1.0 - bias if samples.dtype.kind in "iu" else 1.0
    samples = (samples.astype(np.float32).reshape(len(samples), -1) - bias) / np.float32(scale)
    samples = np.clip(np.nan_to_num(samples, copy=False), -1, 1, out=samples)
    if samples.shape[1] > 2:
        samples = np.stack([samples[:, 0::2].mean(1), samples[:, 1::2].mean(1)], axis=1)
    return np.ascontiguousarray(samples)


def _mixed(sides: "Samples") -> "Samples":
    """The mean of both sides; where they cancel each other, the louder one alone.

    One microphone wired the wrong way round makes right = −left. Unlike sides lose half of their
    power in the mean, one silent side makes it a quarter: an eighth is left only by cancelling.
    """
    import numpy as np

    if sides.shape[1] == 1:
        return sides[:, 0]
    mean: Samples = sides.mean(axis=1)
    powers = np.einsum("ij,ij->j", sides, sides)
    if mean @ mean < powers.max() / 8:
        return sides[:, powers.argmax()].copy()
    return mean
