"""kokoro: the voices of Kokoro-82M (StyleTTS 2) on ONNX Runtime, its phonemes by piper's espeak.

The format is that of onnx-community/Kokoro-82M-v1.0-ONNX: `onnx/` has the same model in several
precisions, `tokenizer.json` the vocabulary of phonemes, `voices/` a file for each voice with a
style vector for each length of what is said. The first letter of a voice's name is its language.
Japanese and Chinese voices are left: their phonemes are not espeak's. Knows text and sound, no
tasks.
"""

import re
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.capabilities import Speak
from pipelines.engines.base import Engine, library_of
from pipelines.engines.kokoro_phonemes import phonemes
from pipelines.engines.onnx_session import open_session
from pipelines.engines.turns import Turns
from pipelines.engines.voices import chosen
from pipelines.errors import InputError
from pipelines.parse_json import parse_json
from pipelines.sentences import clauses
from pipelines.settings import Settings

# BCP 47 codes by the first letters of the voices' names.
LANGUAGES = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr", "h": "hi", "i": "it", "p": "pt-br"}
OTHERS = {"j": "Japanese", "z": "Chinese"}
VOICE = re.compile(r"voices/((?P<language>[a-z])[fm]_\w+)\.bin")
DEFAULT_VOICE = "af_heart"  # the one that its author grades highest
# The first that is there; the other is 3.5 times as large.
WEIGHTS = ("onnx/model_quantized.onnx", "onnx/model.onnx")
STYLE = 256  # numbers of a style vector; a voice has one for each count of phonemes up to 510
# Of those 510 in a pass: it takes 270 MB beside the 8-bit model, all of them take 750 MB and three
# times as long before anything is heard.
LONGEST = 250
LOADED = 1.8  # times the size of the weights: after a pass, measured with the same
SAMPLING_RATE = 24_000
EDGE = 0  # the token before and behind what is said


class KokoroModel(Speak):
    """The loaded model, with its voices."""

    parallel = sys.maxsize  # each pass waits for its turn
    system = ""
    sampling_rate = SAMPLING_RATE

    def __init__(self, folder: Path, voices: list[str], threads: int) -> None:
        self._folder, self._voices = folder, voices
        self._turns = Turns()
        self._session: Any = open_session(folder / _weights(folder), threads)
        tokenizer = parse_json((folder / "tokenizer.json").read_text("utf-8"))
        self._tokens: dict[str, int] = tokenizer["model"]["vocab"]
        self._style = lru_cache(len(voices))(self._read_style)

    def language_of(self, voice: str | None) -> str:
        """By the first letter of its name.

        Raises:
            InputError: there is no such voice, or it speaks a language that is not read here.
        """
        if voice and (language := OTHERS.get(voice[0])) and VOICE.fullmatch(f"voices/{voice}.bin"):
            raise InputError(
                f"{voice} speaks {language}, whose pronunciation is not known here.",
                f"Choose from {', '.join(self._voices)}.",
            )
        return LANGUAGES[chosen(voice, self._voices)[0]]

    def speak(self, text: str, length_scale: float, voice: str | None = None) -> Iterator[Any]:
        """Yield int16 samples, shape (samples,), of as much text as one pass can say."""
        yield from self._turns.run().each(self._spoken(text, length_scale, voice))

    def _spoken(
        self, text: str, length_scale: float, voice: str | None
    ) -> Generator[Any, None, None]:
        import numpy as np

        language, style = self.language_of(voice), self._style(chosen(voice, self._voices))
        for piece in clauses(text, lambda piece: len(self._read(piece, language)) <= LONGEST):
            # A single character may be read as a longer word than fits.
            if tokens := self._read(piece, language)[:LONGEST]:
                inputs = {
                    "input_ids": np.array([[EDGE, *tokens, EDGE]], np.int64),
                    "style": style[len(tokens) - 1 : len(tokens)],
                    "speed": np.array([1 / length_scale], np.float32),
                }
                [wave, *_] = self._session.run(None, inputs)
                yield (wave.reshape(-1).clip(-1, 1) * 32767).astype("int16")

    def _read(self, text: str, language: str) -> list[int]:
        """The tokens of a text; phonemes that the vocabulary has not are left out."""
        known = self._tokens
        return [known[one] for one in phonemes(text, language) if one in known]

    def _read_style(self, voice: str) -> Any:
        import numpy as np

        return np.fromfile(self._folder / f"voices/{voice}.bin", "<f4").reshape(-1, STYLE)

    def close(self) -> None:
        """Free the memory."""
        self._session = None
        self._style.cache_clear()


class Kokoro(Engine):
    """A folder of ONNX models, and one of voices."""

    name = "kokoro"
    what = "a model of voices"
    offers = frozenset({Speak})
    weight_patterns = ("onnx/*.onnx",)
    hub_tags = ("onnx",)

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """None: they lie in a folder."""
        return []

    def weights_of(self, names: Sequence[str]) -> list[str]:
        """The 8-bit model, else the full one; of a repository without voices none."""
        fitting = [name for name in WEIGHTS if name in names and "tokenizer.json" in names]
        return fitting[:1] if self.listed_voices(names) else []

    def small_files(self, names: Sequence[str]) -> list[str]:
        """Also the voices."""
        return super().small_files(names) + [
            f"voices/{one}.bin" for one in self.listed_voices(names)
        ]

    def owns(self, folder: Path) -> bool:
        """Whether there is a model with voices."""
        return bool(_weights(folder) and self.voices(folder))

    def memory_bytes(self, sizes: Mapping[str, int], parameters: int | None) -> int:
        """More than the weights: with what ONNX Runtime keeps after a pass."""
        return int(LOADED * super().memory_bytes(sizes, parameters))

    def memory_of(self, folder: Path) -> int:
        """By the size of the weights, which lie in a folder."""
        weights = _weights(folder)
        return self.memory_bytes({weights: (folder / weights).stat().st_size}, None)

    def voices(self, folder: Path) -> list[str]:
        """By the names of their files."""
        return self.listed_voices([f"voices/{file.name}" for file in folder.glob("voices/*.bin")])

    def listed_voices(self, names: Sequence[str]) -> list[str]:
        """Those whose language is read here, the default first."""
        found = [match for name in names if (match := VOICE.fullmatch(name))]
        spoken = [match[1] for match in found if match["language"] in LANGUAGES]
        return sorted(spoken, key=lambda name: (name != DEFAULT_VOICE, name))

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> KokoroModel:
        """Load the model; a voice is read when it first speaks."""
        with library_of(self):
            return KokoroModel(folder, self.voices(folder), settings.threads)


def _weights(folder: Path) -> str:
    return next((name for name in WEIGHTS if (folder / name).exists()), "")


ENGINE = Kokoro()
