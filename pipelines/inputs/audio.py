"""Sound as input: whatever file or recording comes in becomes mono float32 at 16 kHz.

Reads with soundfile (WAV, FLAC, OGG, MP3); what that cannot read, with PyAV (M4A, WebM, video).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError
from pipelines.inputs.files import allowed
from pipelines.settings import Settings
from pipelines.trace import note

if TYPE_CHECKING:
    import numpy as np

SAMPLING_RATE = 16_000
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
    """A sound: a path, gradio's FileData as a dict, or (sampling rate, samples)."""

    label: str = "Audio"

    def read(self, value: Any, settings: Settings) -> Sound:
        """Return the sound, mixed to mono and resampled to 16 kHz.

        Raises:
            InputError: no sound, not a sound, silent or shorter than a tenth of a second.
        """
        if isinstance(value, dict):
            value = value.get("path")
        if value is None or value == "":
            raise InputError("There is no sound.", "Record one, drop a file or click an example.")
        if isinstance(value, tuple):
            rate, samples = value
            total = len(samples) / rate
        else:
            rate, samples, total = _from_file(allowed(value), settings.max_audio_seconds)
        sound = Sound(_mono_16k(rate, samples, settings.max_audio_seconds))
        if total > settings.max_audio_seconds + 0.5:
            note(
                f"Only the first {settings.max_audio_seconds} of {total:,.0f} seconds count "
                "(PLAYGROUND_MAX_AUDIO_SECONDS)."
            )
        if sound.seconds < 0.1:
            raise InputError("The sound is too short.", "Record at least a tenth of a second.")
        if abs(sound.samples).max() < SILENCE:
            raise InputError("The sound is silent.", "Check the microphone or the file.")
        return sound


def _from_file(path: Path, seconds: int) -> "tuple[int, np.ndarray[Any, Any], float]":
    import soundfile

    if not path.is_file():
        raise InputError(f"There is no file named {path.name}.", "Check the path.")
    if path.stat().st_size == 0:
        raise InputError("The sound file is empty.", "Choose another file.")
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            samples = file.read(frames=rate * seconds + 1, dtype="float32", always_2d=True)
            return rate, samples, max(file.frames, len(samples)) / rate
    except (soundfile.LibsndfileError, TypeError):  # TypeError: named .raw, read without a header
        return _from_container(path, seconds)


def _from_container(path: Path, seconds: int) -> "tuple[int, np.ndarray[Any, Any], float]":
    import av
    import numpy as np

    parts = []
    try:
        with av.open(str(path)) as container:
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLING_RATE)
            length = 0
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    parts.append(piece.to_ndarray()[0])
                    length += len(parts[-1])
                if length > SAMPLING_RATE * seconds:
                    break
            total = float(container.duration or 0) / 1e6
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise InputError(
            "This file is not a sound that can be read.",
            "Try a WAV, MP3, FLAC, OGG or M4A file; this one may be cut off or renamed.",
        ) from error
    if not parts:
        raise InputError("There is no sound in this file.", "Choose another file.")
    samples = np.concatenate(parts)
    return SAMPLING_RATE, samples, max(total, len(samples) / SAMPLING_RATE)


def _mono_16k(rate: int, samples: Any, seconds: int) -> "np.ndarray[Any, Any]":
    import numpy as np
    import soxr

    samples = np.asarray(samples)[: int(rate * seconds)]
    if np.issubdtype(samples.dtype, np.integer):
        samples = samples / float(np.iinfo(samples.dtype).max)
    samples = np.nan_to_num(samples.astype(np.float32))
    if samples.ndim == 2:
        samples = samples.mean(axis=1)
    if rate != SAMPLING_RATE and len(samples):
        # soxr is the resampler behind librosa.resample, without librosa's second of imports.
        samples = soxr.resample(samples, rate, SAMPLING_RATE)
    return np.ascontiguousarray(samples, dtype=np.float32)
