"""Audio as input: any file or recording becomes mono float32 at 16 kHz."""

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
SAMPLING_RATES = range(
    1_000, 768_001
)  # accepted in a file; others come from a damaged or forged header
SILENCE = 1e-4  # peak amplitude; 16-bit noise of one step is 3e-5
# Floating-point samples are of a sound as loud as this at most; a program may have written integers
# of 16 bits as such, and then more than so many of them are over full scale.
LOUDEST, OVER_FULL_SCALE = 32_768, 0.01


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
        """The start time and the samples of the loudest part of this length.

        Samples are weighted with a Hann window, which centres what is loud: unweighted, every
        part that contains a whole word is equally loud, and the word may begin at its very edge.
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
    """A sound: a path, bytes, a data URL, an https address, gradio's FileData,
    (sampling rate, samples), or the same as a dict of the library datasets."""

    label: str = "Audio"

    def read(self, value: Any, settings: Settings) -> Sound:
        """Return the sound, mixed to mono and resampled to 16 kHz; one that was read already, or
        is still being recorded (`LiveSound`), as it is.

        Raises:
            InputError: no sound, not a sound, silent or shorter than a tenth of a second.
        """
        limit = settings.max_audio_seconds
        if isinstance(value, Sound):
            return value
        if isinstance(value, dict) and "sampling_rate" in value:
            value = value["sampling_rate"], value.get("array", value.get("raw"))
        if is_missing(value):
            raise InputError("There is no sound.", "Record one, drop a file or click an example.")
        if isinstance(value, tuple):
            rate, samples = _given(value)
            total = len(samples) / _checked(rate)
            sound = Sound(_mono_16k([(rate, samples)], limit + 1))
        else:
            with (
                open_source(value, "sound", unreadable(), settings) as opened,
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
    """The first `seconds` of the pieces as mono at 16 kHz; no more of them is decoded."""
    import numpy as np
    import soxr

    parts = []
    channels = ((rate, _mono_or_stereo(samples)) for rate, samples in _first(pieces, seconds))
    # AAC and Ogg may change their rate and channels within a file.
    for (rate, count), group in groupby(channels, key=lambda one: (one[0], one[1].shape[1])):
        resampler = soxr.ResampleStream(rate, SAMPLING_RATE, count, dtype="float32")
        resampled = [resampler.resample_chunk(samples) for _, samples in group]
        resampled.append(resampler.resample_chunk(np.empty((0, count), np.float32), last=True))
        parts.append(_mono(np.concatenate(resampled)))
    return _scaled(np.concatenate(parts)) if parts else np.empty(0, np.float32)


def _given(value: "tuple[Any, ...]") -> "tuple[int, Samples]":
    """A sampling rate and samples, shape (samples,) or (samples, channels), as a program has them.

    Raises:
        InputError: they are something else.
    """
    import numpy as np

    try:
        rate, samples = int(float(value[0])), np.asarray(value[1])
        if samples.dtype.kind not in "iuf" or samples.ndim not in (1, 2):
            raise ValueError
    except (IndexError, OverflowError, TypeError, ValueError):
        raise InputError("These are no samples.", "Give (sampling rate, numbers).") from None
    if samples.ndim == 2 and len(samples) < samples.shape[1]:  # channels first, as torchaudio
        samples = samples.T
    if samples.dtype == np.int64:  # nobody records so many bits: they are Python's own numbers
        few = np.abs(samples).max(initial=0) < LOUDEST
        samples = samples.astype(np.int16 if few else np.int32)
    return rate, samples


def _scaled(samples: "Samples") -> "Samples":
    """Samples in −1…1: those of a sound that is in another scale by its peak."""
    import numpy as np

    if np.mean(np.abs(samples) > 1) > OVER_FULL_SCALE:
        samples = samples / np.abs(samples).max()
    return np.clip(samples, -1, 1)


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


def _mono_or_stereo(samples: "Samples") -> "Samples":
    """Convert samples to float32, shape (samples, 1 or 2), in −1…1 but for those of floats in
    another scale; surround becomes stereo.

    In all usual layouts the channels with even indices are on the left, the others on the right.
    """
    import numpy as np

    bias = 128 if samples.dtype == np.uint8 else 0
    scale = np.iinfo(samples.dtype).max + 1.0 - bias if samples.dtype.kind in "iu" else 1.0
    samples = (samples.astype(np.float32).reshape(len(samples), -1) - bias) / np.float32(scale)
    samples = np.clip(np.nan_to_num(samples, copy=False), -LOUDEST, LOUDEST, out=samples)
    if samples.shape[1] > 2:
        samples = np.stack([samples[:, 0::2].mean(1), samples[:, 1::2].mean(1)], axis=1)
    return np.ascontiguousarray(samples)


def _mono(channels: "Samples") -> "Samples":
    """The mean of both channels, or the louder one alone where they cancel each other out.

    A microphone with inverted polarity gives right = −left. The mean of uncorrelated channels has
    half of their power, with one of them silent a quarter: below an eighth they cancel each other.
    """
    import numpy as np

    if channels.shape[1] == 1:
        return channels[:, 0]
    mean: Samples = channels.mean(axis=1)
    powers = np.einsum("ij,ij->j", channels, channels)
    if mean @ mean < powers.max() / 8:
        return channels[:, powers.argmax()].copy()
    return mean
