"""Measures speech recognition with silence before, between and after what is said.

    python -m starters whisper-base --evaluate

Nothing is trained here. Two English recordings (of the starter voice), two French and two German
ones (of people), with 0, 10, 35 and 80 s at each of the three places: of silence, and of faint
noise in some of these ways. Words are held against those of each recording alone.
"""

from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines import Playground
from pipelines.inputs.audio import SAMPLING_RATE, Audio
from pipelines.settings import Settings, from_environment
from starters.edits import edits, words
from starters.starter import ROOT, Figure, Starter

NAME = "whisper-base"
SILENCES = (0, 10, 35, 80)  # seconds
EXAMPLES, RECORDINGS = ROOT / "assets" / "examples", ROOT / "tests" / "recordings"
SPEECH = {
    "English": (EXAMPLES / "weather.mp3", EXAMPLES / "library.mp3"),
    "French": (EXAMPLES / "french.mp3", RECORDINGS / "french.mp3"),
    "German": (EXAMPLES / "german.mp3", RECORDINGS / "german.mp3"),
}
NOISE = 0.003  # standard deviation: a quiet room, 50 dB below full scale
Samples = NDArray[np.float32]


def figures(folder: Path, data: Path | None = None) -> list[Figure]:
    """Of each language."""
    playground = Playground(from_environment())
    # Any two places have any two silences once.
    order = range(len(SILENCES))
    numbers = [(a, b, (a + b) % len(SILENCES)) for a, b in product(order, order)]
    places = [tuple(SILENCES[number] for number in three) for three in numbers]
    return [
        figure
        for language, files in SPEECH.items()
        for noise, these in ((0.0, places), (NOISE, places[1::5]))
        for figure in _figures(playground, language, files, these, noise)
    ]


def _figures(
    playground: Playground,
    language: str,
    files: tuple[Path, Path],
    places: list[tuple[int, ...]],
    noise: float,
) -> list[Figure]:
    first, second = (Audio().read(file, Settings()).samples for file in files)
    alone = " ".join(_heard(playground, one)[0] for one in (first, second))
    code = _heard(playground, first)[1]
    errors, right = 0, 0
    for before, between, after in places:
        gaps = [_silence(seconds, noise) for seconds in (before, between, after)]
        pieces = [gaps[0], first, gaps[1], second, gaps[2]]
        text, heard = _heard(playground, np.concatenate(pieces))
        found = edits(words(text), words(alone))
        if found:
            print(before, between, after, text)
        errors, right = errors + found, right + (heard == code)
    count = len(places) * len(words(alone))
    what, target = ("noise", "") if noise else ("silence", "≤ 0.02")
    return [
        Figure(f"{language}, words unlike those without {what}", errors / count, count, target),
        Figure(
            f"{language} in {what}, the language right", right / len(places), len(places), "≥ 1"
        ),
    ]


def _heard(playground: Playground, samples: Samples) -> tuple[str, str | None]:
    sound = {"audio": (SAMPLING_RATE, samples)}
    value = playground.run("automatic-speech-recognition", sound, NAME).value
    return value["text"], value.get("language")


def _silence(seconds: float, noise: float) -> Samples:
    count = round(seconds * SAMPLING_RATE)
    return np.random.default_rng(count).normal(0, noise, count).astype(np.float32)


STARTER = Starter(name=NAME, figures=figures)
