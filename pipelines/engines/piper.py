"""piper: VITS voices on ONNX Runtime. piper-tts is GPL-3.0; it is used as installed, unchanged.

Knows text and sound, no tasks.
"""

import re
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.capabilities import Speak
from pipelines.engines.base import Engine, library_of
from pipelines.engines.onnx_session import open_session
from pipelines.engines.turns import Turns
from pipelines.engines.voices import chosen
from pipelines.errors import ModelError
from pipelines.parse_json import parse_json
from pipelines.sentences import clauses
from pipelines.settings import Settings

# An utterance of so many phonemes (20 s, 45 words) takes about 300 MB beside the voice, measured on
# en_US-joe-medium; memory grows with the longest one, 4.7 MB a phoneme at 1,000 of them.
LONGEST = 250


def no_phonemes(text: str) -> str:
    """The text so that all of it is text: piper reads [[...]] as phonemes, and not with a space."""
    return re.sub(r"\[(?=\[)", "[ ", text)


def _config(file: Path) -> dict[str, Any]:
    """The voice's configuration, the JSON file beside its ONNX file."""
    config: dict[str, Any] = parse_json(Path(f"{file}.json").read_text("utf-8"))
    return config


def _voice(file: Path, config: dict[str, Any], threads: int) -> Any:
    """What PiperVoice.load makes, with a session of our own."""
    from piper import PiperVoice
    from piper.config import PiperConfig

    return PiperVoice(
        session=open_session(file, threads),
        config=PiperConfig.from_dict(config),
        download_dir=file.parent,
    )


def _speakers(config: dict[str, Any]) -> list[str]:
    """The names of a voice's speakers, its default first; empty where it has one."""
    if config.get("num_speakers", 1) < 2:
        return []
    numbers: dict[str, int] = config.get("speaker_id_map") or {}
    default = config.get("default_speaker_id", 0)
    return sorted(numbers, key=lambda name: (numbers[name] != default, numbers[name]))


class PiperModel(Speak):
    """One loaded voice, of one speaker or several."""

    parallel = sys.maxsize  # each piece of a text waits for its turn
    system = ""

    def __init__(self, file: Path, threads: int) -> None:
        config = _config(file)
        self._turns = Turns()
        self._voice = _voice(file, config, threads)
        self._speakers = _speakers(config)

    @property
    def sampling_rate(self) -> int:
        """Samples a second."""
        return int(self._voice.config.sample_rate)

    def language_of(self, voice: str | None) -> str:
        """What espeak calls its language, a BCP 47 code: "en-us"; all its speakers read the same.

        Raises:
            InputError: it has no such speaker.
        """
        chosen(voice, self._speakers)
        return str(self._voice.config.espeak_voice or "")

    def speak(self, text: str, length_scale: float, voice: str | None = None) -> Iterator[Any]:
        """Yield int16 samples, shape (samples,), sentence by sentence, long ones in clauses."""
        yield from self._turns.run().each(self._spoken(text, length_scale, voice))

    def _spoken(
        self, text: str, length_scale: float, voice: str | None
    ) -> Generator[Any, None, None]:
        from piper import SynthesisConfig

        speaker = chosen(voice, self._speakers)
        number = self._voice.config.speaker_id_map[speaker] if speaker else None
        config = SynthesisConfig(speaker_id=number, length_scale=length_scale)
        for piece in clauses(no_phonemes(text), self._is_short):
            for chunk in self._voice.synthesize(piece, config):
                yield chunk.audio_int16_array

    def _is_short(self, text: str) -> bool:
        return max(map(len, self._voice.phonemize(text)), default=0) <= LONGEST

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

    def voices(self, folder: Path) -> list[str]:
        """The names of the voice's speakers."""
        file = _file(folder)
        return _speakers(_config(file)) if file and Path(f"{file}.json").exists() else []

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> PiperModel:
        """Load the folder's voice.

        Raises:
            ModelError: there is none.
        """
        file = _file(folder)
        if not file:
            raise ModelError("There is no ONNX voice in this model.", "Pick another voice.")
        with library_of(self):
            return PiperModel(file, settings.threads)


def _file(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob("*.onnx"))), None)


ENGINE = Piper()
