"""faster-whisper: Whisper on CTranslate2, weights as int8 where the processor does that well.

Knows sound and languages, no tasks. It hears a sound where somebody speaks. Runs take turns by the
pass (the encoder, one search of the decoder), not by the whole sound, and a run that was stopped
ends after the pass it is in.
"""

import copy
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from pipelines.capabilities import (
    IdentifyLanguage,
    Scores,
    Segment,
    SpokenLanguage,
    Tentative,
    Transcribe,
    TranscribeLive,
    Word,
)
from pipelines.engines.base import Engine, library_of
from pipelines.engines.compute_type import compute_type
from pipelines.engines.context_budget import ContextBudget
from pipelines.engines.live_transcription import Heard, transcribe_live
from pipelines.engines.turns import Share, Turns
from pipelines.engines.voice_activity import (
    Passage,
    beginning,
    beginning_times,
    spoken_passages,
)
from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.inputs.live_sound import LiveSound
from pipelines.run import heard_part, note
from pipelines.settings import Settings

WINDOW_SECONDS = 30  # what Whisper hears at once
FRAMES_A_SECOND = 100  # of its spectrogram
# A pass whose text is not kept hears so much silence behind the sound and no whole window, in which
# the encoder took 0.77 s of a pass on two cores (base; 0.05 s for a sound of 1 s so). Of growing
# parts of six recordings, 47 passes, 0.31 s instead of 0.69 s each, it wrote 59 of 664 words
# otherwise and repeated none; with 2 s it repeated a sentence, with 1 s most.
MARGIN_SECONDS = 5.0
# What all sounds longer than a window may have together: their spectrograms, computed at their
# beginning and held to their end, take 32 kB a second (51 kB with large-v3).
SIDE_BY_SIDE_SECONDS = 1800
# The limit of tokens is for shorter passages: with the text before it, which can take half of the
# 448 tokens of a window, it must not be over them.
SHORT_SECONDS = 4
# A sound as short as this is a word or two at most. Of 0.15 s of speech Whisper wrote "You're going
# to have a lot of fun, but" three times.
WORD_SECONDS, WORD_LETTERS = 0.5, 30
PASSES = ("encode", "generate", "detect_language", "align")
# How often a window is decoded in which nobody seems to speak, of the six times (from temperature 0
# to 1) that faster-whisper tries while what it wrote is unlikely or repeats itself.
TRIES = 2
# Above it Whisper itself holds that nobody speaks: faster-whisper's threshold. Of 152 sentences and
# parts of sentences, 40 of them under louder noise, none was above it; of 250 digits said alone 23.
NO_SPEECH = 0.6
# What it writes then of a sound longer than a word counts if the mean log probability of its tokens
# is above this. "You", "nd nd nd" and the like of noise and tones have -0.69 to -1.
LIKELY, LONG_SECONDS = -0.6, 2.0


class WhisperModel(Transcribe, TranscribeLive, IdentifyLanguage):
    """One loaded Whisper model in CTranslate2 form."""

    parallel = sys.maxsize  # each pass waits for its turn
    system = ""

    def __init__(self, folder: Path, settings: Settings) -> None:
        from faster_whisper import WhisperModel as Whisper

        float32_bytes = 2 * (folder / "model.bin").stat().st_size  # the files are float16
        self._whisper: Any = Whisper(
            str(folder),
            device="cpu",
            compute_type=compute_type(float32_bytes, settings),
            cpu_threads=settings.threads,
            local_files_only=True,
        )
        self._turns = Turns()
        self._long_sounds = ContextBudget(SIDE_BY_SIDE_SECONDS)

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool | str
    ) -> Iterator[SpokenLanguage | Segment]:
        """Yield the language, then each segment as decoded.

        Raises:
            InputError: an English-only model is asked for another language.
        """
        self._check_language(language, task)
        passages = spoken_passages(sound)
        if not passages:
            return
        longest = max(passage.seconds for passage in passages)
        with (
            self._long_sounds.reserve(round(longest)) if longest > WINDOW_SECONDS else nullcontext()
        ):
            whisper = self._for_one_run()
            spoken = _spoken(whisper, language, beginning(passages, WINDOW_SECONDS))
            if spoken:
                yield spoken
            for passage in passages:
                segments, _ = whisper.transcribe(
                    passage.sound.samples,
                    language=spoken and spoken.code,
                    task=task,
                    beam_size=5,
                    word_timestamps=timestamps == "word",
                    max_new_tokens=_most_tokens(passage.seconds),
                )
                for segment in segments:
                    if _invented(segment, passage.seconds):
                        continue
                    times = passage.original_times(float(segment.start), float(segment.end))
                    yield Segment(*times, segment.text, _words(segment, passage))

    def transcribe_live(
        self, sound: LiveSound, language: str | None, task: str
    ) -> Iterator[SpokenLanguage | Segment | Tentative]:
        """Yield what is settled, and what is not, about once a second.

        Raises:
            InputError: an English-only model is asked for another language.
        """
        self._check_language(language, task)
        whisper = self._for_one_run()

        def hear(part: Sound, language: str | None, settles: bool) -> Heard:
            whisper.encode.seconds = WINDOW_SECONDS if settles else part.seconds + MARGIN_SECONDS
            spoken = _spoken(whisper, language, part)
            # One try without alternatives: the next pass comes soon, and hears more.
            segments, _ = whisper.transcribe(
                part.samples,
                language=spoken and spoken.code,
                task=task,
                beam_size=1,
                temperature=0.0,
            )
            heard = [Segment(float(one.start), float(one.end), one.text) for one in segments]
            return spoken, heard

        yield from transcribe_live(sound, hear, language)

    def identify_language(self, sound: Sound) -> Scores:
        """The probability of each of the 99 languages, heard where somebody first speaks.

        Raises:
            InputError: the model is English-only.
        """
        if not self._whisper.model.is_multilingual:
            raise InputError("This Whisper knows English only.", "Pick a multilingual one.")
        passages = spoken_passages(sound)
        if passages:
            heard = beginning(passages, WINDOW_SECONDS)
            heard_part(*beginning_times(passages, heard.seconds))
        else:
            note("No speech was heard; the languages are guessed from what else is to be heard.")
            heard = sound
        # One turn for all its passes: each would wait for a long one of somebody's transcription.
        with self._turns.run().turn():
            _, _, everything = self._whisper.detect_language(heard.samples)
        return [(str(code), float(score)) for code, score in everything]

    def _check_language(self, language: str | None, task: str) -> None:
        if not self._whisper.model.is_multilingual and (
            task == "translate" or language not in (None, "en")
        ):
            raise InputError("This Whisper knows English only.", "Pick a multilingual one.")

    def _for_one_run(self) -> Any:
        """faster-whisper's model, every pass of which waits for its turn among all runs."""
        whisper, run = copy.copy(self._whisper), self._turns.run()
        search = _Search(whisper.generate_with_fallback, _InTurn(whisper.model, run, PASSES))
        whisper.model = whisper.generate_with_fallback = search
        whisper.feature_extractor = _InTurn(whisper.feature_extractor, run)
        whisper.encode = _EncodedLast(whisper.encode)
        return whisper

    def close(self) -> None:
        """Free the memory."""
        self._whisper = None


def _spoken(whisper: Any, language: str | None, sound: Sound) -> SpokenLanguage | None:
    """The language given or the one heard; None of a model that knows English only."""
    if not whisper.model.is_multilingual:
        return None
    if language:
        return SpokenLanguage(language, None)
    # Without the frame behind the last, as it is transcribed: so the only window of a short sound
    # is encoded once for both.
    features = whisper.feature_extractor(sound.samples)[..., :-1]
    code, probability, _ = whisper.detect_language(features=features)
    return SpokenLanguage(str(code), float(probability))


def _most_tokens(seconds: float) -> int | None:
    """How many tokens so short a passage can have at most; None: as many as Whisper writes at once.

    Of noise it goes on to that end, at six temperatures one after the other.
    """
    return 60 + round(35 * seconds) if seconds < SHORT_SECONDS else None


def _invented(segment: Any, seconds: float) -> bool:
    """Whether nobody can have said this in a passage of so many seconds."""
    if not any(map(str.isalnum, segment.text)):  # dots or notes, for noise and music
        return True
    if seconds < LONG_SECONDS:
        return seconds < WORD_SECONDS and len(segment.text) > WORD_LETTERS
    return bool(segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < LIKELY)


def _words(segment: Any, passage: Passage) -> tuple[Word, ...]:
    return tuple(
        Word(*passage.original_times(float(word.start), float(word.end)), word.word)
        for word in segment.words or ()
    )


class _EncodedLast:
    """Whisper's encoder, which gives its output again for the window that it encoded last, and
    reads of a window so many `seconds`.

    faster-whisper encodes a window to detect the language and once more to transcribe it.
    """

    def __init__(self, encode: Callable[[Any], Any]) -> None:
        self._encode = encode
        self.seconds: float = WINDOW_SECONDS
        self._window: Any = None
        self._encoded: Any = None

    def __call__(self, window: Any) -> Any:
        import numpy as np

        window = window[..., : round(self.seconds * FRAMES_A_SECOND)]
        if not np.array_equal(window, self._window):
            self._window, self._encoded = window, self._encode(window)
        return self._encoded


class _NobodySpeaks(Exception):
    """A window is not to be decoded once more."""


class _Search:
    """Whisper's model in a search for the text of a window, which ends soon where nobody speaks.

    Of noise Whisper writes 224 tokens time and again.
    """

    def __init__(self, search: Callable[..., Any], model: Any) -> None:
        self._search, self._model = search, model
        self._results: list[Any] = []  # of the tries for this window

    def __call__(self, *given: Any, **options: Any) -> Any:
        """As faster-whisper's generate_with_fallback: a result, its log probability a token, its
        temperature and how far its text can be compressed."""
        self._results = []
        try:
            return self._search(*given, **options)
        except _NobodySpeaks:
            # So unlikely a text does not count.
            return self._results[0], float("-inf"), 0.0, 0.0

    def generate(self, *given: Any, **options: Any) -> Any:
        """One try, unless those before it were enough."""
        if len(self._results) >= TRIES and self._results[-1].no_speech_prob > NO_SPEECH:
            raise _NobodySpeaks
        results = self._model.generate(*given, **options)
        self._results.append(results[0])
        return results

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


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
    offers = frozenset({Transcribe, TranscribeLive, IdentifyLanguage})
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
