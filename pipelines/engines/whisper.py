"""faster-whisper: Whisper on CTranslate2, weights as int8 where the processor does that well.

Knows sound and languages, no tasks. Runs take turns by the pass (the encoder, one search of the
decoder), not by the whole sound, and a run that was stopped ends after the pass it is in.
"""

import copy
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from pipelines.capabilities import IdentifyLanguage, Scores, Segment, Transcribe
from pipelines.engines.base import Engine, library_of
from pipelines.engines.context_budget import ContextBudget
from pipelines.engines.turns import Share, Turns
from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.settings import Settings

WINDOW_SECONDS = 30  # what Whisper hears at once
# What all sounds longer than a window may have together: their spectrograms, computed at their
# beginning and held to their end, take 32 kB a second (51 kB with large-v3).
SIDE_BY_SIDE_SECONDS = 1800
PASSES = ("encode", "generate", "detect_language", "align")


def compute_type(size_bytes: int, settings: Settings) -> str:
    """int8 where it is exact, else float32 if weights of that size leave half the memory budget.

    x86 processors without VNNI add int8 products in 16 bits, which overflow: on an AVX2-only EPYC
    Whisper base heard English in German speech and wrote nonsense, no faster than in float32.
    """
    float32_bytes = 2 * size_bytes  # the files are float16
    if float32_bytes > settings.memory_bytes / 2:
        return "int8"
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return "int8"
    info = Path("/proc/cpuinfo")
    flags = info.read_text().split() if info.exists() else []
    return "int8" if {"avx512_vnni", "avx_vnni"} & set(flags) else "float32"


class WhisperModel(Transcribe, IdentifyLanguage):
    """One loaded Whisper model in CTranslate2 form."""

    parallel = sys.maxsize  # each pass waits for its turn
    system = ""

    def __init__(self, folder: Path, settings: Settings) -> None:
        from faster_whisper import WhisperModel as Whisper

        self._whisper: Any = Whisper(
            str(folder),
            device="cpu",
            compute_type=compute_type((folder / "model.bin").stat().st_size, settings),
            cpu_threads=settings.threads,
            local_files_only=True,
        )
        self._turns = Turns()
        self._long_sounds = ContextBudget(SIDE_BY_SIDE_SECONDS)

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool
    ) -> Iterator[Segment]:
        """Yield (start, end, text) of each segment, in seconds, as it is decoded.

        Raises:
            InputError: an English-only model is asked for another language.
        """
        if not self._whisper.model.is_multilingual and (
            task == "translate" or language not in (None, "en")
        ):
            raise InputError("This Whisper knows English only.", "Pick a multilingual one.")
        long = sound.seconds > WINDOW_SECONDS
        with self._long_sounds.reserve(round(sound.seconds)) if long else nullcontext():
            segments, _ = self._for_one_run().transcribe(
                sound.samples, language=language, task=task, beam_size=5
            )
            for segment in segments:
                yield segment.start, segment.end, segment.text

    def identify_language(self, sound: Sound) -> Scores:
        """The probability of each of the 99 languages.

        Raises:
            InputError: the model is English-only.
        """
        if not self._whisper.model.is_multilingual:
            raise InputError("This Whisper knows English only.", "Pick a multilingual one.")
        _, _, everything = self._for_one_run().detect_language(sound.samples)
        return [(str(code), float(score)) for code, score in everything]

    def _for_one_run(self) -> Any:
        """faster-whisper's model, every pass of which waits for its turn among all runs."""
        whisper, run = copy.copy(self._whisper), self._turns.run()
        whisper.model = _InTurn(whisper.model, run, PASSES)
        whisper.feature_extractor = _InTurn(whisper.feature_extractor, run)
        return whisper

    def close(self) -> None:
        """Free the memory."""
        self._whisper = None


class _InTurn:
    """An object whose calls, and those of its methods named, wait for the turn of their run."""

    def __init__(self, itself: Any, run: Share, methods: Sequence[str] = ()) -> None:
        self._itself, self._run, self._methods = itself, run, methods

    def __call__(self, *given: Any, **options: Any) -> Any:
        with self._run.turn():
            return self._itself(*given, **options)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._itself, name)
        return _InTurn(value, self._run) if name in self._methods else value


class FasterWhisper(Engine):
    """Whisper converted to CTranslate2: model.bin with a vocabulary beside it."""

    name = "faster-whisper"
    what = "a Whisper model"
    offers = frozenset({Transcribe, IdentifyLanguage})
    weight_patterns = ("model.bin",)
    hub_tags = ("ctranslate2",)

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """The one file of weights."""
        vocabulary = any(name.startswith("vocabulary.") for name in names)
        return ["model.bin"] if "model.bin" in names and vocabulary else []

    def owns(self, folder: Path) -> bool:
        """Whether weights and vocabulary are there."""
        return (folder / "model.bin").exists() and any(folder.glob("vocabulary.*"))

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> WhisperModel:
        """Load the folder's CTranslate2 files."""
        with library_of(self):
            return WhisperModel(folder, settings)


ENGINE = FasterWhisper()
