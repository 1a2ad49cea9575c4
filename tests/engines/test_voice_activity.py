"""Speech is found in a sound, whatever silence is around it; times are those of the sound."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.engines import voice_activity
from pipelines.engines.voice_activity import (
    PAD_SECONDS,
    PIECE_SECONDS,
    Passage,
    beginning,
    beginning_times,
    spoken_passages,
)
from pipelines.errors import Cancelled
from pipelines.inputs.audio import SAMPLING_RATE, Audio, Sound
from pipelines.run import Run
from pipelines.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * SAMPLING_RATE), np.float32)


@pytest.fixture(scope="module")
def speech() -> NDArray[np.float32]:
    """6.8 seconds in which somebody speaks throughout."""
    samples: NDArray[np.float32] = Audio().read(EXAMPLES / "weather.mp3", Settings()).samples
    return samples


def parts_in_seconds(*pieces: NDArray[np.float32]) -> list[tuple[float, float]]:
    found = spoken_passages(Sound(np.concatenate(pieces)))
    return [
        (start / SAMPLING_RATE, end / SAMPLING_RATE)
        for passage in found
        for start, end in passage.parts
    ]


@pytest.mark.parametrize(("before", "after"), [(10, 0), (0, 35), (35, 10)])
def test_speech_is_found_among_silence(
    speech: NDArray[np.float32], before: int, after: int
) -> None:
    [(start, end)] = parts_in_seconds(silence(before), speech, silence(after))
    assert start == pytest.approx(before, abs=0.8)
    assert end == pytest.approx(before + 6.8, abs=0.8)


def test_long_pauses_are_cut_and_short_ones_stay(speech: NDArray[np.float32]) -> None:
    assert len(parts_in_seconds(speech, silence(1), speech)) == 1
    assert len(parts_in_seconds(speech, silence(20), speech, silence(80), speech)) == 3


def test_speech_over_the_end_of_a_piece_is_one_part(
    speech: NDArray[np.float32],
) -> None:
    before = PIECE_SECONDS - 3
    [(start, end)] = parts_in_seconds(silence(before), speech, silence(10))
    assert (start, end) == pytest.approx((before, before + 6.8), abs=0.8)


@pytest.mark.slow
def test_a_word_alone_in_long_silence_is_found() -> None:
    for file in sorted((EXAMPLES / "digits").iterdir()):
        digit = Audio().read(file, Settings()).samples
        assert parts_in_seconds(silence(4.5), digit, silence(4.5)), file.name


def test_where_nobody_speaks_there_is_no_part() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 12 * SAMPLING_RATE).astype(np.float32)
    hum = np.sin(np.arange(12 * SAMPLING_RATE) * (2 * np.pi * 50 / SAMPLING_RATE)) * 0.2
    for samples in (silence(40), noise, hum.astype(np.float32), noise[: 2 * SAMPLING_RATE]):
        assert not spoken_passages(Sound(samples))


def test_a_word_alone_in_a_short_sound_is_heard() -> None:
    for file in sorted((EXAMPLES / "digits").iterdir()):
        digit = Audio().read(file, Settings()).samples
        for samples in (digit, np.concatenate([silence(0.5), digit, silence(0.5)])):
            assert spoken_passages(Sound(samples)), file.name


def test_very_quiet_speech_is_heard_from_its_beginning(speech: NDArray[np.float32]) -> None:
    quiet = (np.round(speech * 0.002 * 32768) / 32768).astype(np.float32)  # 16 bits
    [(start, end)] = parts_in_seconds(silence(10), quiet, silence(10))
    assert (start, end) == pytest.approx((10, 16.8), abs=0.8)


def test_a_sound_as_short_as_a_word_is_heard_as_it_is() -> None:
    digit = Audio().read(EXAMPLES / "digits" / "7_theo_0.wav", Settings())
    for sound in (digit, Sound(silence(1))):  # too short to judge
        [passage] = spoken_passages(sound)
        assert np.array_equal(passage.sound.samples, sound.samples)


def test_a_short_sound_is_heard_as_it_would_be_in_a_long_one(speech: NDArray[np.float32]) -> None:
    [alone] = spoken_passages(Sound(speech))
    [among] = spoken_passages(Sound(np.concatenate([silence(33.3), speech, silence(20)])))
    assert np.array_equal(alone.sound.samples, among.sound.samples)


SPOKEN = 4 * SAMPLING_RATE - 57  # ends within a word, and not with a hundredth of a second


@pytest.mark.parametrize(
    "places", [(0, 10, 0), (0, 80, 35), (10.01, 35.013, 7), (80, 10, 0.5), (35, 6.5, 10)]
)
def test_the_same_samples_are_heard_however_long_the_silence_is(
    speech: NDArray[np.float32], places: tuple[float, float, float]
) -> None:
    before, between, after = map(silence, places)
    one, other = (
        [passage.sound.samples for passage in spoken_passages(Sound(np.concatenate(pieces)))]
        for pieces in (
            [silence(20), speech, silence(20), speech[:SPOKEN], silence(20)],
            [before, speech, between, speech[:SPOKEN], after],
        )
    )
    assert [len(samples) for samples in one] == [len(samples) for samples in other]
    assert len(one) == 2
    assert all(map(np.array_equal, one, other))


def test_times_are_those_of_the_whole_sound() -> None:
    rate = SAMPLING_RATE
    passage = Passage(Sound(silence(60)), ((10 * rate, 13 * rate), (50 * rate, 54 * rate)))
    assert passage.seconds == passage.sound.seconds == 7
    assert passage.original_times(0.0, 2.0) == (10, 12)
    assert passage.original_times(4.0, 7.5) == (51, 54)
    # At the cut: what starts in its silence is behind it, what ends there before it.
    assert passage.original_times(1.0, 3.2) == (11, 13)
    assert passage.original_times(2.9, 5.0) == (50, 52)
    assert passage.original_times(2.9, 3.1)[0] >= 50
    assert passage.original_times(1.0, 6.0) == (11, 53)


def test_silence_is_heard_beyond_the_ends_and_has_no_times() -> None:
    samples = np.linspace(0.1, 0.2, 2 * SAMPLING_RATE, dtype=np.float32)
    pad = round(PAD_SECONDS * SAMPLING_RATE)
    passage = Passage(Sound(samples), ((-pad, len(samples) + pad),))
    heard = passage.sound.samples
    assert np.array_equal(heard[pad:-pad], samples)
    assert not heard[:pad].any()
    assert not heard[-pad:].any()
    assert passage.original_times(0.1, 2.7) == (0, 2)
    assert passage.original_times(0.9, 2.0) == pytest.approx((0.5, 1.6))


def test_what_stands_far_apart_is_not_heard_together(speech: NDArray[np.float32]) -> None:
    pieces = [speech, silence(3), speech, silence(9), speech]
    found = spoken_passages(Sound(np.concatenate(pieces)))
    assert [len(passage.parts) for passage in found] == [2, 1]


def test_the_beginning_of_what_is_spoken_and_when_that_was() -> None:
    rate = SAMPLING_RATE
    whole = Sound(np.arange(40 * rate, dtype=np.float32))
    passages = [Passage(whole, ((at * rate, (at + 3) * rate),)) for at in (5, 20, 30)]
    heard = beginning(passages, 4.0)
    assert heard.seconds == 4
    assert heard.samples[[0, -1]].tolist() == [5 * rate, 21 * rate - 1]
    assert beginning_times(passages, 4.0) == (5, 21)
    assert beginning(passages, 30.0).seconds == 9
    assert beginning_times(passages, 30.0) == (5, 33)


def test_times_never_run_backwards() -> None:
    rate = SAMPLING_RATE
    passage = Passage(
        Sound(silence(30)), tuple((i * 9 * rate, i * 9 * rate + rate) for i in range(3))
    )
    times = [passage.original_times(a / 10, (a + 2) / 10) for a in range(0, 30)]
    assert all(start <= end for start, end in times)
    assert [start for start, _ in times] == sorted(start for start, _ in times)


def test_stop_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_activity, "PIECE_SECONDS", 5)
    run = Run()
    run.cancel.set()
    with run.active(), pytest.raises(Cancelled):
        spoken_passages(Sound(np.full(20 * SAMPLING_RATE, 0.1, np.float32)))
