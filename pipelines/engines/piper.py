"""piper: VITS voices on ONNX Runtime. piper-tts is GPL-3.0; it is used as installed, unchanged.

Knows text and sound, no tasks.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.capabilities import Speak
from pipelines.engines.base import Engine, library_of
from pipelines.engines.utterances import utterances
from pipelines.errors import ModelError
from pipelines.settings import Settings

# An utterance of so many phonemes (20 s, 45 words) takes about 300 MB beside the voice, measured on
# en_US-joe-medium; memory grows with the longest one, 4.7 MB a phoneme at 1,000 of them.
LONGEST = 250


def _voice(file: Path) -> Any:
    """A PiperVoice that speaks a sentence longer than LONGEST in pieces."""
    from piper import PiperVoice

    class Voice(PiperVoice):  # type: ignore[misc]  # an untyped library
        def phonemize(self, text: str) -> list[list[str]]:
            return [
                phonemes
                for sentence in super().phonemize(text)
                for phonemes in utterances(sentence, LONGEST)
            ]

    return Voice(**vars(PiperVoice.load(file)))


class PiperModel(Speak):
    """One loaded voice."""

    parallel = 1
    system = ""

    def __init__(self, file: Path) -> None:
        self._voice = _voice(file)

    @property
    def sampling_rate(self) -> int:
        """Samples a second."""
        return int(self._voice.config.sample_rate)

    def speak(self, text: str, length_scale: float) -> Iterator[Any]:
        """Yield int16 samples, shape (samples,), sentence by sentence."""
        from piper import SynthesisConfig

        config = SynthesisConfig(length_scale=length_scale)
        for chunk in self._voice.synthesize(text, config):
            yield chunk.audio_int16_array

    def close(self) -> None:
        """Free the memory."""
        self._voice = None


class Piper(Engine):
    """An ONNX file with its configuration beside it: NAME.onnx and NAME.onnx.json."""

    name = "piper"
    what = "a voice"
    offers = frozenset({Speak})
    weight_patterns = ("*.onnx",)
    hub_tags = ("onnx",)

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """The first voice."""
        voices = [n for n in names if n.endswith(".onnx") and f"{n}.json" in names]
        return voices[:1]

    def owns(self, folder: Path) -> bool:
        """Whether there is a voice's configuration."""
        return any(folder.glob("*.onnx.json"))

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> PiperModel:
        """Load the folder's voice.

        Raises:
            ModelError: there is none.
        """
        file = next(iter(sorted(folder.glob("*.onnx"))), None)
        if not file:
            raise ModelError("There is no ONNX voice in this model.", "Pick another voice.")
        with library_of(self):
            return PiperModel(file)


ENGINE = Piper()
