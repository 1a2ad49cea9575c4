"""The faster-whisper engine: chosen by its files; English only; times are the whole sound's."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipelines import Playground
from pipelines.capabilities import Chat, IdentifyLanguage, Segment, SpokenLanguage, Tentative, Word
from pipelines.engines import engine, engine_for, live_transcription, whisper
from pipelines.engines.context_budget import ContextBudget
from pipelines.engines.turns import Turns
from pipelines.engines.voice_activity import Passage
from pipelines.errors import InputError, ModelError
from pipelines.inputs.audio import SAMPLING_RATE, Sound
from pipelines.inputs.live_sound import LiveSound
from tests.tiny import build

HEARING = "automatic-speech-recognition"
WAVE = (16_000, np.sin(np.arange(16_000) * 0.05).astype(np.float32))


def test_a_ctranslate2_folder_goes_to_faster_whisper(tmp_path: Path) -> None:
    folder = build("whisper-ctranslate2", tmp_path)
    assert engine_for(folder).name == "faster-whisper"
    with pytest.raises(ModelError, match="a Whisper model, made for another task"):
        engine("faster-whisper").variant(folder, (Chat,))


@pytest.mark.parametrize("options", [{"language": "fr"}, {"task": "translate"}])
def test_english_only_is_said_plainly(tiny: Playground, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match="knows English only"):
        tiny.run(HEARING, {"audio": WAVE}, "whisper-ctranslate2", options)


def test_english_only_tells_no_languages(tiny: Playground) -> None:
    folder = tiny.store.local(tiny.catalogue["whisper-ctranslate2"])
    assert folder
    model = engine("faster-whisper").load(folder, "", tiny.settings)
    assert isinstance(model, IdentifyLanguage)
    with pytest.raises(InputError, match="knows English only"):
        model.identify_language(None)  # type: ignore[arg-type]  # it is not looked at


class Library:
    """Stands for faster-whisper's model; hears one segment of one word in each passage."""

    model = SimpleNamespace(is_multilingual=True)
    encode: Any = None
    generate_with_fallback: Any = None

    def __init__(
        self, text: str = " one", no_speech_prob: float = 0.1, avg_logprob: float = -0.7
    ) -> None:
        self.text = text
        self.sure = {"no_speech_prob": no_speech_prob, "avg_logprob": avg_logprob}
        self.heard: list[tuple[float, str | None]] = []
        self.limits: list[int | None] = []

    def feature_extractor(self, samples: Any) -> Any:
        return np.append(samples, 0)  # one more, as the library's

    def detect_language(self, features: Any) -> tuple[str, float, list[Any]]:
        self.heard.append((len(features) / SAMPLING_RATE, None))
        return "en", 0.75, []

    def transcribe(self, samples: Any, **options: Any) -> tuple[list[Any], Any]:
        self.heard.append((len(samples) / SAMPLING_RATE, options["language"]))
        self.limits.append(options["max_new_tokens"])
        word = SimpleNamespace(start=3.0, end=4.0, word=" one")
        segment = SimpleNamespace(start=2.5, end=4.5, text=self.text, words=[word], **self.sure)
        return [segment], None


class Encoder(Library):
    """The same with an encoder: transcribing, the library gives it a whole window."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[int] = []

    def encode(self, window: Any) -> Any:
        self.encoded.append(window.shape[-1])
        return window

    def transcribe(self, samples: Any, **options: Any) -> tuple[list[Any], Any]:
        self.encode(np.full((80, 3000), len(self.heard), np.float32))
        return super().transcribe(samples, **options, max_new_tokens=None)


def model_of(library: Library) -> whisper.WhisperModel:
    model = whisper.WhisperModel.__new__(whisper.WhisperModel)
    model._whisper, model._turns, model._long_sounds = library, Turns(), ContextBudget(100)
    return model


def test_a_short_noise_is_not_written_about_at_length(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    for seconds in (0.2, 3.9, 20):
        sound = Sound(np.zeros(round(seconds * SAMPLING_RATE), np.float32))
        passages = [Passage(sound, ((0, len(sound.samples)),))]
        monkeypatch.setattr(whisper, "spoken_passages", lambda _, found=passages: found)
        list(model_of(library).transcribe(sound, "en", "transcribe", False))
    assert library.limits == [67, 196, None]


@pytest.mark.parametrize(
    ("seconds", "text", "heard"), [(0.15, " one", 1), (0.15, " so much" * 9, 0), (2, " so" * 9, 1)]
)
def test_more_than_can_be_said_in_so_short_a_time_is_invented(
    seconds: float, text: str, heard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = Sound(np.zeros(round(seconds * SAMPLING_RATE), np.float32))
    passages = [Passage(sound, ((0, len(sound.samples)),))]
    monkeypatch.setattr(whisper, "spoken_passages", lambda _: passages)
    _, *found = model_of(Library(text)).transcribe(sound, "en", "transcribe", False)
    assert len(found) == heard


@pytest.mark.parametrize(
    ("text", "no_speech_prob", "avg_logprob", "seconds", "heard"),
    [
        (" You", 0.78, -0.98, 6, 0),
        (" You", 0.78, -0.98, 1.9, 1),  # may be a word
        (" You", 0.78, -0.5, 6, 1),
        (" You", 0.59, -0.98, 6, 1),
        (" . . . .", 0.1, -0.2, 1.2, 0),
        (" ♪♪", 0.1, -0.2, 20, 0),
    ],
)
def test_what_whisper_writes_of_noise_does_not_count(
    text: str,
    no_speech_prob: float,
    avg_logprob: float,
    seconds: float,
    heard: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = Sound(np.zeros(round(seconds * SAMPLING_RATE), np.float32))
    passages = [Passage(sound, ((0, len(sound.samples)),))]
    monkeypatch.setattr(whisper, "spoken_passages", lambda _: passages)
    library = Library(text, no_speech_prob, avg_logprob)
    _, *found = model_of(library).transcribe(sound, "en", "transcribe", False)
    assert len(found) == heard


@pytest.mark.parametrize(("no_speech_prob", "tries"), [(0.61, 2), (0.59, 6)])
def test_a_window_without_speech_is_decoded_twice_at_most(
    no_speech_prob: float, tries: int
) -> None:
    decoded: list[float] = []

    def generate(temperature: float) -> list[Any]:
        decoded.append(temperature)
        return [SimpleNamespace(no_speech_prob=no_speech_prob)]

    def fallback(first: float) -> tuple[Any, float, float, float]:
        for temperature in (first, 0.2, 0.4, 0.6, 0.8, 1.0):
            (result,) = search.generate(temperature)
        return result, -1.7, temperature, 1.0

    search = whisper._Search(fallback, SimpleNamespace(generate=generate))
    for window in (1, 2):
        _, log_probability, *_ = search(0.0)
        assert len(decoded) == window * tries
        assert log_probability == (-1.7 if tries == 6 else float("-inf"))


def test_times_are_those_of_the_sound_before_its_silence_was_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = Sound(np.zeros(100 * SAMPLING_RATE, np.float32))
    passages = [
        Passage(sound, tuple((at * SAMPLING_RATE, end * SAMPLING_RATE) for at, end in parts))
        for parts in ([(1, 3), (6, 9)], [(90, 96)])
    ]
    monkeypatch.setattr(whisper, "spoken_passages", lambda _: passages)
    library = Library()
    model = model_of(library)
    heard = list(model.transcribe(sound, None, "transcribe", "word"))
    assert heard == [
        SpokenLanguage("en", 0.75),
        Segment(6.5, 8.5, " one", (Word(7, 8, " one"),)),
        Segment(92.5, 94.5, " one", (Word(93, 94, " one"),)),
    ]
    # The language is heard in all that is spoken, each passage by itself.
    assert library.heard == [(11, None), (5, "en"), (6, "en")]


def test_of_a_text_that_still_grows_no_whole_window_is_encoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        live_transcription,
        "first_spoken_part",
        lambda sound: (0, len(sound.samples)) if len(sound.samples) else None,
    )
    sound = LiveSound(60)
    sound.append(np.full(2 * SAMPLING_RATE, 9_000, np.int16), SAMPLING_RATE)
    library = Encoder()
    for event in model_of(library).transcribe_live(sound, "en", "transcribe"):
        if isinstance(event, Tentative):
            sound.end()
    margin = round(100 * whisper.MARGIN_SECONDS)
    assert library.encoded == [200 + margin, 3000]
