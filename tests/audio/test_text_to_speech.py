"""text-to-speech on its starter: longer texts last longer, symbols alone are refused."""

from contextlib import suppress

import numpy as np
import pytest

from pipelines import Playground
from pipelines.errors import InputError
from pipelines.outputs import Speech
from pipelines.run import Request

TASK = "text-to-speech"


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The model is on this machine."""


def speak(playground: Playground, text: str, **options: object) -> Speech:
    speech = playground.run(TASK, {"text": text}, options=options).value
    assert isinstance(speech, Speech)
    return speech


def test_speech_is_audible_mono_16_bit(playground: Playground) -> None:
    speech = speak(playground, "Good morning.")
    assert (speech.samples.dtype, speech.samples.ndim) == (np.int16, 1)
    assert speech.sampling_rate == 22_050
    assert abs(speech.samples.astype(int)).max() > 1000


def test_a_longer_text_lasts_longer(playground: Playground) -> None:
    short = speak(playground, "One.")
    assert len(speak(playground, "One, two, three, four, five.").samples) > len(short.samples)


def test_length_scale_slows_it_down(playground: Playground) -> None:
    text = "The train leaves at half past nine."
    usual, slow = (len(speak(playground, text, length_scale=s).samples) for s in (1.0, 2.0))
    assert slow > 1.5 * usual


def test_sentences_come_one_after_the_other(playground: Playground) -> None:
    answers = playground.answers(Request(TASK, {"text": "One. Two. Three."}))
    lengths = [len(answer.value.samples) for answer in answers]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == 3


@pytest.mark.parametrize("text", ["😀😀", "…", "!!!", "\x00\x07", ""])
def test_a_text_without_words_is_refused(playground: Playground, text: str) -> None:
    with pytest.raises(InputError):
        speak(playground, text)


@pytest.mark.parametrize("text", ["42", "Grüße aus Köln", "日本語", "a", "x" * 300], ids=ascii)
def test_odd_words_are_spoken_or_refused_in_a_sentence(playground: Playground, text: str) -> None:
    with suppress(InputError):
        assert len(speak(playground, text).samples)
