"""The spoken-digits starter's figures: recordings given as a user's files would be.

Each is written to a file, read as the page reads it and answered by the task's own adapter.
"""

import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from pipelines.audio.audio_classification import audio_classification
from pipelines.capabilities import ClassifyAudio
from pipelines.engines import engine
from pipelines.inputs.audio import Audio
from pipelines.settings import Settings
from starters.digit_clips import DIGITS, RATE, SPEAKERS, Clip, read_clips
from starters.digit_mixing import placed
from starters.starter import Figure

UNHEARD = "unheard-speakers.json"  # in the bundle: figures of the models without one speaker
PART = 5  # of the recordings, every fifth is also tried changed
Samples = np.ndarray
Change = Callable[[Samples, np.random.Generator], tuple[Samples, int]]
Counts = dict[str, tuple[int, int]]  # right, asked


def _in_noise(samples: Samples, chance: np.random.Generator) -> tuple[Samples, int]:
    window = placed(samples, 3 * RATE, chance)
    return window + 0.01 * np.abs(window).max() * chance.standard_normal(len(window)), RATE


CHANGES: dict[str, Change] = {
    "somewhere in 3 s of silence": lambda s, chance: (placed(s, 3 * RATE, chance), RATE),
    "somewhere in 3 s of faint noise": _in_noise,
    "20 dB quieter": lambda s, _: (s * 0.1, RATE),
    "as a 16 kHz file": lambda s, _: (soxr.resample(s, RATE, 16_000), 16_000),
    "as a 48 kHz file": lambda s, _: (soxr.resample(s, RATE, 48_000), 48_000),
}


def load(folder: Path) -> Any:
    """The model as the playground loads it."""
    transformers = engine("transformers")
    variant = transformers.variant(folder, [ClassifyAudio])
    return transformers.load(folder, variant, Settings())


def heard(model: Any, samples: Samples, rate: int) -> str:
    """The digit that is answered to a file with these samples."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "digit.wav"
        soundfile.write(file, samples, rate, subtype="PCM_16")
        sound = Audio().read(str(file), Settings())
    return audio_classification(model, sound, top_k=1)[0]["label"]


def counts(model: Any, clips: Iterable[Clip]) -> Counts:
    """Right and asked: as recorded, and a part of them changed in each way."""
    chance = np.random.default_rng(0)
    ways: dict[str, Change] = {"as recorded": lambda s, _: (s, RATE), **CHANGES}
    found = {}
    for name, change in ways.items():
        part = [c for c in clips if name not in CHANGES or c.index % PART == 0]
        right = sum(heard(model, *change(c.samples, chance)) == DIGITS[c.digit] for c in part)
        found[name] = (right, len(part))
    return found


def note_unheard(found: dict[str, Counts], bundle: Path) -> None:
    """Keep the figures on speakers left out: their models are not bundled."""
    (bundle / UNHEARD).write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def figures(bundle: Path, data: Path | None) -> list[Figure]:
    """On speakers left out, as measured when training; and on what was set aside."""
    unheard: dict[str, Counts] = json.loads((bundle / UNHEARD).read_text("utf-8"))
    rows = [
        Figure(f"{speaker}, by a model without this speaker", *_share(unheard[speaker], PLAIN))
        for speaker in SPEAKERS
    ]
    total = {
        way: tuple(sum(unheard[s][way][k] for s in SPEAKERS) for k in (0, 1))
        for way in (PLAIN, *CHANGES)
    }
    rows.append(Figure("the five, on average", *_share(total, PLAIN), "≥ 0.90"))
    rows += [Figure(f"the five, {way}", *_share(total, way)) for way in CHANGES]
    if data:
        aside = counts(load(bundle), [c for c in read_clips(data) if c.set_aside])
        rows += [Figure(f"set aside, known voices, {w}", *_share(aside, w)) for w in aside]
    return rows


PLAIN = "as recorded"


def _share(found: Any, way: str) -> tuple[float, int]:
    right, asked = found[way]
    return right / asked, asked
