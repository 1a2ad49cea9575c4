"""text-to-speech on its starter: longer texts last longer, symbols alone are refused."""

import threading
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines import Playground
from pipelines.audio.text_to_speech import LINE_PAUSE_SECONDS, text_to_speech
from pipelines.capabilities import Speak
from pipelines.errors import Cancelled, InputError
from pipelines.outputs import Speech
from pipelines.playground import Answer
from pipelines.run import Request, Run

TASK = "text-to-speech"
PATIENCE = 60  # seconds


class Voice(Speak):
    """Says each letter as a sample; keeps what it is given. It cannot speak Japanese."""

    sampling_rate = 1000
    language = "en"

    def __init__(self) -> None:
        self.heard: list[str] = []

    def language_of(self, voice: str | None) -> str:
        return self.language

    def speak(
        self, text: str, length_scale: float, voice: str | None = None
    ) -> Iterator[NDArray[np.int16]]:
        if not text.isascii() and "本" in text:
            raise InputError("There is nothing here that the voice can speak.", "Write letters.")
        self.heard.append(text)
        yield np.ones(len(text), np.int16)


class French(Voice):
    language = "fr"


def heard(text: str, language: str = "en") -> list[str]:
    voice = Voice() if language == "en" else French()
    list(text_to_speech(voice, text, length_scale=1.0))
    return voice.heard


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Smith paid. He left.", ["Doctor Smith paid.", "He left."]),
        ("Milk\nTwo eggs\n\nBread", ["Milk.", "Two eggs.", "Bread"]),
        ("- milk\r\n- 2 eggs", ["milk.", "two eggs"]),
    ],
)
def test_a_voice_gets_sentences_and_lines(text: str, sentences: list[str]) -> None:
    assert heard(text) == sentences


def test_a_text_in_another_language_than_the_voices_is_told() -> None:
    for text, language in (
        ("Bonjour tout le monde, comment allez-vous aujourd'hui ?", "French"),
        ("ประเทศไทยมีประชากรหลายสิบล้านคน", "Thai"),
        ("Good morning to everyone in this room, how are you?", ""),
        ("Bonjour", ""),
    ):
        voice = Voice()
        voice.language = "en-us"
        with Run().active() as run:
            list(text_to_speech(voice, text, length_scale=1.0))
        told = f"The text looks like {language}, and this voice speaks English."
        assert run.notes == ([told] if language else [])


class TwoVoices(Voice):
    """An English voice, and a French one."""

    def language_of(self, voice: str | None) -> str:
        return "fr" if voice == "fleur" else "en"


def test_the_voice_that_is_asked_for_speaks_and_its_language_decides_how_a_text_is_read() -> None:
    asked: list[str | None] = []
    model = TwoVoices()

    def speak(
        text: str, length_scale: float, voice: str | None = None
    ) -> Iterator[NDArray[np.int16]]:
        asked.append(voice)
        return Voice.speak(model, text, length_scale)

    model.speak = speak  # type: ignore[method-assign]  # of this model alone
    text = "Mme. Smith a 2 pommes dans son panier."
    for voice in (None, "fleur"):
        with Run().active() as run:
            list(text_to_speech(model, text, length_scale=1.0, voice=voice))
        told = ["The text looks like French, and this voice speaks English."]
        assert run.notes == ([] if voice else told)
    assert asked == [None, "fleur"]
    assert "two pommes" in model.heard[0]
    assert model.heard[1] == text


@pytest.mark.parametrize("voice", ["alloy", "jf_alpha"])
def test_a_voice_that_the_model_has_not_is_refused_with_those_it_has(
    tiny: Playground, voice: str
) -> None:
    with pytest.raises(InputError, match="Choose from af_heart, bf_emma, ff_siwis"):
        tiny.run(TASK, {"text": "Hello."}, "kokoro", {"voice": voice})
    with pytest.raises(InputError, match="It has one: leave voice out"):
        tiny.run(TASK, {"text": "Hello."}, "vits", {"voice": voice})


def test_each_voice_of_a_model_sounds_otherwise(tiny: Playground) -> None:
    loudest = [
        tiny.run(TASK, {"text": "Hello."}, "kokoro", {"voice": voice}).value.samples.max()
        for voice in ("af_heart", "bf_emma", "ff_siwis", None)
    ]
    assert loudest[0] < loudest[1] < loudest[2]
    assert loudest[3] == loudest[0]


def test_stop_ends_it_between_two_sentences(tiny: Playground) -> None:
    cancel, heard = threading.Event(), 0
    request = Request(TASK, {"text": "One. " * 50}, {}, "kokoro")

    def listen() -> None:
        nonlocal heard
        for event in tiny.stream_request(request, cancel, every=0):
            if isinstance(event, Answer):
                heard += 1
                cancel.set()

    with pytest.raises(Cancelled):
        listen()
    assert 0 < heard < 10


def test_letters_and_their_accents_come_together() -> None:
    assert heard(unicodedata.normalize("NFD", "café"), "fr") == ["café"]


def test_a_line_end_is_a_pause_of_its_own() -> None:
    def silence(text: str, length_scale: float = 1.0) -> int:
        *_, speech = text_to_speech(Voice(), text, length_scale=length_scale)
        return int((speech.samples == 0).sum())

    assert silence("Milk. Eggs. Bread.") == 0
    assert silence("Milk\nEggs\nBread\n") == 2 * LINE_PAUSE_SECONDS * Voice.sampling_rate
    assert silence("Milk\nEggs", 2.0) == 2 * LINE_PAUSE_SECONDS * Voice.sampling_rate
    assert silence("日本語\nEggs") == 0  # nothing was spoken before it


def test_the_pieces_to_play_end_with_sentences_and_are_few() -> None:
    *_, speech = text_to_speech(Voice(), "One two. " * 40, length_scale=1.0)
    assert all(cut % len("One two.") == 0 for cut in speech.cuts)
    assert all(after - cut >= cut / 4 for cut, after in pairwise(speech.cuts[:-1]))
    assert speech.cuts[-1] == len(speech.samples)
    assert 2 < len(speech.cuts) < 20


def test_what_a_voice_cannot_speak_is_left_away_unless_it_is_all() -> None:
    assert heard("One.\n日本語\nTwo.") == ["One.", "Two."]
    with pytest.raises(InputError, match="nothing here that the voice"):
        heard("日本語")


@pytest.fixture
def starter(starters: object) -> None:
    """The model is on this machine."""


def speak(playground: Playground, text: str, **options: object) -> Speech:
    speech = playground.run(TASK, {"text": text}, options=options).value
    assert isinstance(speech, Speech)
    return speech


def test_speech_is_audible_mono_16_bit(starter: None, playground: Playground) -> None:
    speech = speak(playground, "Good morning.")
    assert (speech.samples.dtype, speech.samples.ndim) == (np.int16, 1)
    assert speech.sampling_rate == 22_050
    assert abs(speech.samples.astype(int)).max() > 1000


def test_a_longer_text_lasts_longer(starter: None, playground: Playground) -> None:
    short = speak(playground, "One.")
    assert len(speak(playground, "One, two, three, four, five.").samples) > len(short.samples)


def test_length_scale_slows_it_down(starter: None, playground: Playground) -> None:
    text = "The train leaves at half past nine."
    usual, slow = (len(speak(playground, text, length_scale=s).samples) for s in (1.0, 2.0))
    assert slow > 1.5 * usual


def test_sentences_come_one_after_the_other(starter: None, playground: Playground) -> None:
    answers = playground.answers(Request(TASK, {"text": "One. Two. Three."}))
    lengths = [len(answer.value.samples) for answer in answers]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == 3


def test_a_short_text_is_spoken_amid_a_long_one(
    starter: None, playground: Playground, tiny: Playground
) -> None:
    for one, model in ((playground, "auto"), (tiny, "kokoro")):
        long = one.answers(Request(TASK, {"text": "One. Two. Three. Four."}, {}, model))
        assert next(long).facts is None
        with ThreadPoolExecutor(1) as pool:
            short = pool.submit(one.run, TASK, {"text": "Hi there."}, model)
            assert short.result(PATIENCE).facts
        *_, last = long
        assert last.facts


@pytest.mark.parametrize("text", ["😀😀", "…", "!!!", "\x00\x07", ""])
def test_a_text_without_words_is_refused(starter: None, playground: Playground, text: str) -> None:
    with pytest.raises(InputError):
        speak(playground, text)


@pytest.mark.parametrize("text", ["42", "Grüße aus Köln", "日本語", "a", "x" * 300], ids=ascii)
def test_odd_words_are_spoken_or_refused_in_a_sentence(
    starter: None, playground: Playground, text: str
) -> None:
    with suppress(InputError):
        assert len(speak(playground, text).samples)
