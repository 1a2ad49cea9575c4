"""A text that grows while somebody speaks: what is settled, when, and that it stays."""

import itertools
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from pipelines.capabilities import Segment, SpokenLanguage, Tentative
from pipelines.engines import live_transcription
from pipelines.engines.live_transcription import Heard, transcribe_live
from pipelines.errors import Cancelled
from pipelines.inputs import live_sound
from pipelines.inputs.audio import Sound
from pipelines.inputs.live_sound import LiveSound
from pipelines.run import Run

RATE = 16_000


class Spoken(LiveSound):
    """Speech that comes in pieces of a second, each when the one before was heard."""

    def __init__(self, seconds: int, longest_seconds: int = 600) -> None:
        super().__init__(longest_seconds)
        self.left = seconds

    def pieces(self, seconds: float) -> "Iterator[np.ndarray]":
        while self.left:
            self.left -= 1
            self.append(np.full(RATE, 1000, np.int16), RATE)
            if not self.left:
                self.end()
            yield next(super().pieces(0))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Everything is speech, with a pause after so many seconds since the one before."""
    found: list[float] = []

    def part(sound: Sound) -> tuple[int, int] | None:
        if not len(sound.samples):
            return None
        if found and sound.seconds > found[0]:
            return 0, round(found.pop(0) * RATE)
        return 0, len(sound.samples)

    monkeypatch.setattr(live_transcription, "first_spoken_part", part)
    return found


def heard(sound: LiveSound, *passes: str) -> list[object]:
    """What is told when the passes hear these texts, the last one for ever."""
    coming = itertools.chain(passes, itertools.repeat(passes[-1]))

    def hear(part: Sound, language: str | None, settles: bool) -> Heard:
        return None, [Segment(0.0, part.seconds, next(coming))]

    return [*transcribe_live(sound, hear, None)]


def texts(told: list[object]) -> list[str]:
    """The whole text as a reader sees it after each event."""
    settled, shown = "", []
    for one in told:
        if isinstance(one, Segment):
            settled += one.text
            shown.append(settled)
        elif isinstance(one, Tentative):
            shown.append(settled + one.text)
    return shown


def test_words_in_which_two_passes_agree_are_never_rewritten(pauses: list[float]) -> None:
    told = heard(Spoken(5), " The cat sat", " The cat sit on", " A cat sat on the", " The bat sat")
    assert texts(told)[:4] == [
        " The cat sat",
        " The cat sit on",
        " The cat sat on the",
        " The cat sat",
    ]
    assert all(one.startswith(" The cat") for one in texts(told))


def test_at_a_pause_all_is_settled_and_its_sound_is_heard_no_more(pauses: list[float]) -> None:
    pauses.append(2.5)
    lengths: list[float] = []
    settling: list[float] = []
    words = iter([" One", " One two", " One two.", " Th", " Three", " Three four."])

    def hear(part: Sound, language: str | None, settles: bool) -> Heard:
        lengths.append(part.seconds)
        if settles:
            settling.append(part.seconds)
        return None, [Segment(0.0, part.seconds, next(words))]

    told = [*transcribe_live(Spoken(4), hear, None)]
    assert [one for one in told if isinstance(one, Segment)] == [
        Segment(0.0, 2.5, " One two."),
        Segment(2.5, 4.0, " Three four."),
    ]
    assert lengths == [1.0, 2.0, 2.5, 0.5, 1.5, 1.5]
    assert settling == [2.5, 1.5]  # the last pass over each


def test_long_speech_without_a_pause_is_let_go_by_the_models_own_segments(
    pauses: list[float],
) -> None:
    longest = 0.0

    def hear(part: Sound, language: str | None, settles: bool) -> Heard:
        nonlocal longest
        longest = max(longest, part.seconds)
        count = int(part.seconds)
        pieces = [(0, count)] if count < 6 else [(0, 5), (5, count)]
        return None, [Segment(a, b, "".join(f" w{n}" for n in range(a, b))) for a, b in pieces]

    told = [*transcribe_live(Spoken(40), hear, None)]
    assert longest < 15
    segments = [one for one in told if isinstance(one, Segment)]
    assert len(segments) > 4
    times = [time for one in segments for time in (one.start, one.end)]
    assert times == sorted(times)


def test_of_long_speech_only_words_that_were_agreed_on_are_let_go(pauses: list[float]) -> None:
    wordings = itertools.count()

    def hear(part: Sound, language: str | None, settles: bool) -> Heard:
        first = f" w{next(wordings)}"  # heard otherwise each time
        return None, [Segment(0.0, 4.0, first), Segment(4.0, part.seconds, " end")]

    told = [*transcribe_live(Spoken(15), hear, None)]
    assert [one.start for one in told if isinstance(one, Segment)] == [0.0]  # the last, of all


def test_the_language_is_asked_until_it_is_sure(pauses: list[float]) -> None:
    asked: list[str | None] = []
    probabilities = iter([0.4, 0.5, 0.6, 0.9])

    def hear(part: Sound, language: str | None, settles: bool) -> Heard:
        asked.append(language)
        spoken = SpokenLanguage("de", None if language else next(probabilities))
        return spoken, [Segment(0.0, part.seconds, " Ja")]

    list(transcribe_live(Spoken(6), hear, None))
    assert asked[:4] == [None] * 4
    assert set(asked[4:]) == {"de"}


def test_a_recording_is_no_longer_than_a_sound_may_be_and_says_so() -> None:
    sound = LiveSound(2)
    for _ in range(4):
        sound.append(np.ones(48_000, np.int16), 48_000)
    run = Run()
    with run.active():
        pieces = list(sound.pieces(1))
    assert sum(map(len, pieces)) == sound.seconds * RATE == 2 * RATE
    assert run.notes == ["Only the first 2 seconds count (PLAYGROUND_MAX_AUDIO_SECONDS)."]


def test_a_recording_that_nobody_goes_on_with_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_sound, "PATIENCE", 0.0)
    assert list(LiveSound(60).pieces(1)) == []


def test_stop_ends_the_wait_for_more() -> None:
    cancel = threading.Event()
    cancel.set()
    with Run(cancel=cancel).active(), pytest.raises(Cancelled):
        list(LiveSound(60).pieces(1))


def test_sound_of_any_rate_arrives_at_16_khz() -> None:
    sound = LiveSound(60)
    tone = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100)
    for piece in np.split((tone * 20_000).astype(np.int16), 10):
        sound.append(piece, 44_100)
    sound.end()
    samples = sound.samples
    assert len(samples) == pytest.approx(RATE, rel=0.05)
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() * RATE / len(samples) == pytest.approx(440, abs=3)
