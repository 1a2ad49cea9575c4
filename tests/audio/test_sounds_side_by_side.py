"""One slow sound blocks nobody: short runs on Whisper have their turns between its passes."""

import threading
import time

import numpy as np
import pytest
import soundfile

from components.examples import FOLDER
from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.errors import Cancelled
from pipelines.playground import Answer

SPEECH = FOLDER / "library.mp3"
HEARING = "automatic-speech-recognition"
LONG_SECONDS = 70
PATIENCE = 300  # seconds


@pytest.fixture(scope="module")
def long() -> tuple[int, "np.ndarray"]:
    """Speech with pauses, longer than two of Whisper's windows."""
    samples, rate = soundfile.read(SPEECH, dtype="float32", always_2d=True)
    pause = np.zeros(rate * 20, np.float32)
    once = np.concatenate([samples.mean(1), pause])
    return rate, np.tile(once, int(LONG_SECONDS * rate / len(once)) + 1)[: LONG_SECONDS * rate]


def test_a_language_is_told_amid_a_long_transcription_which_stays_the_same(
    playground: Playground, starters: list[Entry], long: tuple[int, "np.ndarray"]
) -> None:
    inputs, options = {"audio": long}, {"return_timestamps": True, "language": "en"}
    alone = playground.run(HEARING, inputs, options=options).value
    languages = playground.run("audio-classification", {"audio": str(SPEECH)}).value
    beside: list[object] = []
    begun, ended = threading.Event(), threading.Event()

    def transcribe() -> None:
        events = playground.stream(HEARING, inputs, "auto", options, threading.Event())
        for event in events:
            if isinstance(event, Answer):
                beside.append(event.value)
                begun.set()
        ended.set()

    threading.Thread(target=transcribe, daemon=True).start()
    assert begun.wait(PATIENCE)
    told = playground.run("audio-classification", {"audio": str(SPEECH)}).value
    assert not ended.is_set()
    assert told == languages
    assert ended.wait(PATIENCE)
    assert beside[-1] == alone


def test_a_transcription_that_was_stopped_computes_no_further(
    playground: Playground, starters: list[Entry], long: tuple[int, "np.ndarray"]
) -> None:
    cancel = threading.Event()
    threading.Timer(1.0, cancel.set).start()
    with pytest.raises(Cancelled):
        list(playground.stream(HEARING, {"audio": long}, "auto", {}, cancel))
    ends = time.monotonic() + PATIENCE
    while any(one.in_use for one in playground.cache.loaded()):
        assert time.monotonic() < ends
        time.sleep(0.1)
