"""piper: VITS voices on ONNX Runtime. piper-tts is GPL-3.0; it is used as installed, unchanged.

Knows text and sound, no tasks.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from piper import PiperVoice, SynthesisConfig

from pipelines.engines import only_for
from pipelines.engines.utterances import utterances
from pipelines.errors import ModelError
from pipelines.settings import Settings

# An utterance of so many phonemes (20 s, 45 words) takes about 300 MB beside the voice, measured on
# en_US-joe-medium; memory grows with the longest one, 4.7 MB a phoneme at 1,000 of them.
LONGEST = 250


class Voice(PiperVoice):  # type: ignore[misc]  # an untyped library
    """A voice that speaks a sentence longer than LONGEST in pieces."""

    def phonemize(self, text: str) -> list[list[str]]:
        """The phonemes of each utterance."""
        return [
            phonemes
            for sentence in super().phonemize(text)
            for phonemes in utterances(sentence, LONGEST)
        ]


class PiperModel:
    """One loaded voice."""

    parallel = 1
    system = ""

    def __init__(self, file: Path) -> None:
        self._voice: Any = Voice(**vars(PiperVoice.load(file)))
        self.sampling_rate: int = self._voice.config.sample_rate

    def speak(self, text: str, length_scale: float) -> Iterator[Any]:
        """Yield int16 samples, shape (samples,), sentence by sentence."""
        config = SynthesisConfig(length_scale=length_scale)
        for chunk in self._voice.synthesize(text, config):
            yield chunk.audio_int16_array

    def close(self) -> None:
        """Give the memory back."""
        self._voice = None


def variant(folder: Path, heads: Sequence[str]) -> str:
    """There is but one way to load these files."""
    only_for(heads, {"AutoModelForTextToWaveform"}, "a voice")
    return ""


def load(folder: Path, variant: str, settings: Settings) -> PiperModel:
    """Load the folder's voice."""
    file = next(iter(sorted(folder.glob("*.onnx"))), None)
    if not file:
        raise ModelError("There is no ONNX voice in this model.", "Pick another voice.")
    return PiperModel(file)
