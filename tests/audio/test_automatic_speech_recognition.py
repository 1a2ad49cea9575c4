"""Speech through both its starters: what is spoken comes back as it was written."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipelines import Playground
from pipelines.errors import InputError
from tests.audio.word_errors import word_error_rate

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"
SENTENCES = [
    "Good morning. The train to the coast leaves at half past nine.",
    "The library on the corner is open every day except Sunday.",
]


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The models are on this machine."""


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_spoken_sentence_comes_back_with_few_word_errors(
    playground: Playground, sentence: str
) -> None:
    speech = playground.run("text-to-speech", {"text": sentence}).value
    sound = (speech.sampling_rate, speech.samples)
    heard = playground.run("automatic-speech-recognition", {"audio": sound}).value["text"]
    assert word_error_rate(sentence, heard) <= 0.2, heard


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


def test_without_time_stamps_there_are_no_chunks(playground: Playground) -> None:
    answer = playground.run("automatic-speech-recognition", {"audio": EXAMPLES / "weather.mp3"})
    assert set(answer.value) == {"text"}


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
