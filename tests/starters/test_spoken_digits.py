"""The bundled spoken-digits starter on ten recordings that its training never heard."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from pipelines import Playground
from pipelines.playground import Answer
from starters.digit_clips import DIGITS, SET_ASIDE
from starters.digit_figures import CHANGES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "assets" / "starters" / "spoken-digits"
CLIPS = sorted((ROOT / "assets" / "examples" / "digits").glob("*.wav"))
TASK = "audio-classification"


def heard(playground: Playground, path: Path) -> Answer:
    return playground.run(TASK, {"audio": path}, "spoken-digits", {"top_k": 10})


def right(playground: Playground, paths: list[Path]) -> int:
    answers = [heard(playground, path).value[0]["label"] for path in paths]
    return sum(a == DIGITS[int(p.name[0])] for a, p in zip(answers, paths, strict=True))


def test_the_clips_are_one_a_digit_and_set_aside() -> None:
    names = [path.stem.split("_") for path in CLIPS]
    assert [int(digit) for digit, _, _ in names] == list(range(10))
    assert all(int(index) in SET_ASIDE for _, _, index in names)


def test_each_digit_is_heard(playground: Playground) -> None:
    assert right(playground, CLIPS) >= 9


@pytest.mark.parametrize("way", CHANGES)
def test_digits_are_heard_as_users_record_them(
    playground: Playground, tmp_path: Path, way: str
) -> None:
    chance = np.random.default_rng(0)
    paths = []
    for clip in CLIPS:
        samples, rate = CHANGES[way](soundfile.read(clip, dtype="float32")[0], chance)
        soundfile.write(tmp_path / clip.name, samples, rate)
        paths.append(tmp_path / clip.name)
    assert right(playground, paths) >= 9


def test_scores_are_of_ten_digits_and_sum_to_one(playground: Playground) -> None:
    answer = heard(playground, CLIPS[7]).value
    assert {one["label"] for one in answer} == set(DIGITS)
    assert sum(one["score"] for one in answer) == pytest.approx(1, abs=1e-3)


def test_in_a_long_sound_the_loudest_second_counts_and_a_note_says_so(
    playground: Playground, tmp_path: Path
) -> None:
    samples, rate = soundfile.read(CLIPS[7], dtype="float32")
    long = np.zeros(8 * 44_100, np.float32)
    word = soxr.resample(samples, rate, 44_100)
    long[6 * 44_100 : 6 * 44_100 + len(word)] = word
    soundfile.write(tmp_path / "long.wav", long, 44_100)
    answer = heard(playground, tmp_path / "long.wav")
    assert answer.value[0]["label"] == "seven"
    assert any("the loudest" in note for note in answer.notes)


def test_the_files_stay_within_their_limits() -> None:
    sizes = [file.stat().st_size for file in FOLDER.iterdir()]
    assert max(sizes) < 9_000_000
    assert sum(sizes) < 20_000_000
