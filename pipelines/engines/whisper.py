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

from faster_whisper import WhisperModel as _Whisper

from pipelines.engines import only_for
from pipelines.engines.room import Room
from pipelines.engines.turns import Run, Turns
from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.settings import Settings

WINDOW_SECONDS = 30  # what Whisper hears at once
# What all sounds longer than a window may have together: their spectrograms, computed at their
# beginning and held to their end, take 32 kB a second (51 kB with large-v3).
SIDE_BY_SIDE_SECONDS = 1800
PASSES = ("encode", "generate", "detect_language", "align")
SERVED = {"AutoModelForSpeechSeq2Seq", "AutoModelForAudioClassification"}


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


class WhisperModel:
    """One loaded Whisper model in CTranslate2 form."""

    parallel = sys.maxsize  # each pass waits for its turn
    system = ""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._whisper: Any = _Whisper(
            str(folder),
            device="cpu",
            compute_type=compute_type((folder / "model.bin").stat().st_size, settings),
            cpu_threads=settings.threads,
            local_files_only=True,
        )
        self._turns = Turns()
        self._room = Room(SIDE_BY_SIDE_SECONDS)

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool
    ) -> Iterator[tuple[float, float, str]]:
        """Yield (start, end, text) of each segment, in seconds, as it is decoded.

        Raises:
            InputError: an English-only Whisper is asked for another language.
        """
        if not self._whisper.model.is_multilingual and (
            task == "translate" or language not in (None, "en")
        ):
            raise InputError("This Whisper knows English only.", "Pick a multilingual one.")
        long = sound.seconds > WINDOW_SECONDS
        with self._room.taken(round(sound.seconds)) if long else nullcontext():
            segments, _ = self._for_one_run().transcribe(
                sound.samples, language=language, task=task, beam_size=5
            )
            for segment in segments:
                yield segment.start, segment.end, segment.text

    def languages(self, sound: Sound) -> list[tuple[str, float]]:
        """How likely each of the 99 languages is, as (code, probability).

        Raises:
            InputError: an English-only Whisper cannot tell languages.
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
        """Give the memory back."""
        self._whisper = None


class _InTurn:
    """An object whose calls, and those of its methods named, wait for the turn of their run."""

    def __init__(self, itself: Any, run: Run, methods: Sequence[str] = ()) -> None:
        self._itself, self._run, self._methods = itself, run, methods

    def __call__(self, *given: Any, **options: Any) -> Any:
        with self._run.turn():
            return self._itself(*given, **options)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._itself, name)
        return _InTurn(value, self._run) if name in self._methods else value


def variant(folder: Path, heads: Sequence[str]) -> str:
    """There is but one way to load these files."""
    only_for(heads, SERVED, "a Whisper model")
    return ""


def load(folder: Path, variant: str, settings: Settings) -> WhisperModel:
    """Load the folder's CTranslate2 files."""
    return WhisperModel(folder, settings)
