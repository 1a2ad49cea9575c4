"""Speech through both its starters: what is spoken comes back as it was written."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import Playground
from pipelines.audio.automatic_speech_recognition import automatic_speech_recognition
from pipelines.capabilities import Segment, SpokenLanguage, Transcribe
from pipelines.errors import InputError
from pipelines.inputs import Audio, Sound
from pipelines.inputs.live_sound import LiveSound
from pipelines.playground import Answer
from pipelines.settings import Settings
from pipelines.text_normalization.english import in_words
from tests.audio.word_errors import word_error_rate

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"
TASK = "automatic-speech-recognition"
SENTENCES = [
    "Good morning. The train to the coast leaves at half past nine.",
    "The library on the corner is open every day except Sunday.",
]


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The models are on this machine."""


def silence(seconds: float) -> "np.ndarray":
    return np.zeros(round(seconds * 16_000), np.float32)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_spoken_sentence_comes_back_with_few_word_errors(
    playground: Playground, sentence: str
) -> None:
    speech = playground.run("text-to-speech", {"text": sentence}).value
    sound = (speech.sampling_rate, speech.samples)
    heard = playground.run("automatic-speech-recognition", {"audio": sound}).value["text"]
    assert word_error_rate(sentence, heard) <= 0.2, heard


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        (
            "Dr. Smith paid $3.50 at 10:45.",
            "doctor smith paid three dollars and fifty cents at ten forty-five",
        ),
        ("World War II cost him $500.", "world war two cost him five hundred dollars"),
        ("See [[Home Page]] for details.", "see home page for details"),
        ("[[1, 2], [3, 4]] is a list of two lists.", "one two three four is a list of two lists"),
    ],
)
def test_what_is_written_short_is_heard_in_full(
    playground: Playground, written: str, spoken: str
) -> None:
    speech = playground.run("text-to-speech", {"text": written}).value
    sound = (speech.sampling_rate, speech.samples)
    heard = playground.run(TASK, {"audio": sound}, options={"language": "en"}).value["text"]
    heard = heard.replace("$10.45", "10:45")  # Whisper writes so what is said of both
    assert word_error_rate(spoken, in_words(heard)) <= 0.1, heard


def test_time_stamps_follow_one_another_within_the_sound(playground: Playground) -> None:
    audio = {"audio": EXAMPLES / "weather.mp3"}
    answer = playground.run(
        "automatic-speech-recognition", audio, options={"return_timestamps": True}
    )
    assert answer.facts
    assert answer.facts.audio_seconds
    times = [time for chunk in answer.value["chunks"] for time in chunk["timestamp"]]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= answer.facts.audio_seconds + 1
    assert " ".join(c["text"] for c in answer.value["chunks"]) == answer.value["text"]


def test_each_word_has_its_times_where_it_is_said(playground: Playground) -> None:
    speech = Audio().read(EXAMPLES / "library.mp3", Settings()).samples
    pause = 15  # more than is heard together
    audio = (16_000, np.concatenate([silence(3), speech, silence(pause), speech]))
    options = {"return_timestamps": "word", "language": "en"}
    answer = playground.run(TASK, {"audio": audio}, options=options).value
    words = [(one["text"].strip(" .,").lower(), *one["timestamp"]) for one in answer["chunks"]]
    assert "".join(one["text"] for one in answer["chunks"]).strip() == answer["text"]
    assert all(start <= end for _, start, end in words)
    cards = [end for word, _, end in words if word == "card"]
    length = len(speech) / 16_000
    assert cards == pytest.approx([3 + length - 0.2, 3 + length + pause + length - 0.2], abs=0.5)
    assert " ".join(one["text"] for one in answer["segments"]) == answer["text"]


def test_without_time_stamps_there_are_no_chunks_and_one_window_is_encoded_once(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import WhisperModel

    encode, encoded = WhisperModel.encode, []

    def counted(self: Any, window: Any) -> Any:
        encoded.append(window.shape)
        return encode(self, window)

    monkeypatch.setattr(WhisperModel, "encode", counted)
    answer = playground.run("automatic-speech-recognition", {"audio": EXAMPLES / "weather.mp3"})
    assert len(encoded) == 1  # for the language and for the text
    assert set(answer.value) == {"text", "language", "language_probability"}
    assert answer.value["language"] == "en"
    assert 0.9 < answer.value["language_probability"] <= 1


@pytest.mark.parametrize(
    ("name", "pauses", "language"),
    [("weather", (0, 35, 35), "en"), ("german", (35, None, 10), "de")],
)
def test_silence_neither_invents_nor_loses_words(
    playground: Playground, name: str, pauses: tuple[int, int | None, int], language: str
) -> None:
    """Before, between (the recording twice; None: once) and after."""
    speech = Audio().read(EXAMPLES / f"{name}.mp3", Settings()).samples
    before, between, after = pauses
    pieces = [silence(before), speech, silence(after)]
    if between is not None:
        pieces[2:2] = [silence(between), speech]

    def transcript(samples: "np.ndarray") -> Any:
        options = {"return_timestamps": True}
        return playground.run(TASK, {"audio": (16_000, samples)}, options=options).value

    alone = transcript(speech)
    heard = transcript(np.concatenate(pieces))
    wanted = " ".join([alone["text"]] * (1 if between is None else 2))
    assert heard["text"] == wanted
    assert heard["language"] == language
    times = [time for chunk in heard["chunks"] for time in chunk["timestamp"]]
    ends = before + len(speech) / 16_000
    assert times == sorted(times)
    assert before - 1 <= times[0] <= before + 2
    assert not [time for time in times if ends + 1 < time < ends + (between or 0) - 1]
    assert times[-1] <= sum(map(len, pieces)) / 16_000 - after + 1


def test_where_nobody_speaks_the_text_is_empty_and_a_note_says_so(playground: Playground) -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, 12 * 16_000).astype(np.float32)
    answer = playground.run(TASK, {"audio": (16_000, noise)})
    assert answer.value == {"text": ""}
    assert answer.notes == ("No speech was heard.",)


def test_of_noise_as_loud_as_speech_nothing_is_written_and_whisper_soon_gives_up(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import transcribe

    ratio, tries = transcribe.get_compression_ratio, list[str]()

    def counted(text: str) -> float:  # asked once for each try
        tries.append(text)
        return float(ratio(text))

    monkeypatch.setattr(transcribe, "get_compression_ratio", counted)
    noise = np.random.default_rng(5).normal(size=6 * 16_000)
    answer = playground.run(TASK, {"audio": (16_000, noise * 0.9 / abs(noise).max())})
    assert answer.value == {"text": ""}
    assert answer.notes == ("No speech was heard.",)
    assert 1 <= len(tries) <= 2


def test_a_language_that_is_given_comes_back_without_a_probability(playground: Playground) -> None:
    audio = {"audio": EXAMPLES / "weather.mp3"}
    value = playground.run(TASK, audio, options={"language": "en"}).value
    assert value["language"] == "en"
    assert "language_probability" not in value


def test_speech_is_written_in_its_own_language_or_in_english(playground: Playground) -> None:
    audio = {"audio": EXAMPLES / "french.mp3"}
    own = playground.run("automatic-speech-recognition", audio).value["text"]
    english = playground.run(
        "automatic-speech-recognition", audio, options={"task": "translate"}
    ).value["text"]
    assert own.lower() != english.lower()


@pytest.mark.parametrize("language", ["klingon", "xx", 3])
def test_a_language_nobody_speaks_is_refused(playground: Playground, language: object) -> None:
    with pytest.raises(InputError, match="language cannot be"):
        playground.run(
            "automatic-speech-recognition",
            {"audio": EXAMPLES / "weather.mp3"},
            options={"language": language},
        )


def test_noise_is_not_a_crash(playground: Playground) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    answer = playground.run("automatic-speech-recognition", {"audio": (16_000, noise)})
    assert isinstance(answer.value["text"], str)


def test_a_long_sound_is_cut_at_the_limit_and_says_so(playground: Playground) -> None:
    short = Playground(replace(playground.settings, max_audio_seconds=2))
    short.cache = playground.cache
    answer = short.run("audio-classification", {"audio": EXAMPLES / "weather.mp3"})
    assert "Only the first 2 of" in answer.notes[0]
    assert answer.facts
    assert answer.facts.audio_seconds == pytest.approx(2, abs=0.1)


def test_a_text_grows_while_somebody_speaks_and_ends_as_it_would_have_been_heard(
    playground: Playground,
) -> None:
    """Half a second of sound comes with each look at the text, as fast as it is heard."""
    speech = Audio().read(EXAMPLES / "weather.mp3", Settings()).samples
    whole = (np.concatenate([speech, silence(1)]) * 32_767).astype(np.int16)
    pieces = iter(np.array_split(whole, len(whole) // 8_000))
    sound = LiveSound(60)
    sound.append(np.concatenate([next(pieces), next(pieces)]), 16_000)
    texts: list[str] = []
    last: Answer | None = None
    options = {"return_timestamps": True}
    for event in playground.stream(TASK, {"audio": sound}, "auto", options, threading.Event()):
        if not isinstance(event, Answer):
            continue
        last = event
        texts.append(event.value["text"])
        coming = [*itertools.islice(pieces, 2)]
        for piece in coming:
            sound.append(piece, 16_000)
        if not coming:
            sound.end()
    alone = playground.run(TASK, {"audio": EXAMPLES / "weather.mp3"}).value["text"]
    assert len(set(texts)) > 3
    assert word_error_rate(alone, texts[-1]) <= 0.2, texts[-1]
    assert last
    assert last.facts
    assert last.facts.audio_seconds == pytest.approx(len(whole) / 16_000, abs=0.5)
    assert last.value["language"] == "en"


def test_a_model_for_whole_recordings_says_so(playground: Playground) -> None:
    class Whole(Transcribe):
        def transcribe(
            self, sound: Sound, language: str | None, task: str, timestamps: bool | str
        ) -> Iterator[SpokenLanguage | Segment]:
            yield from ()

    with pytest.raises(InputError, match="hears whole recordings only"):
        list(automatic_speech_recognition(Whole(), LiveSound(60)))
