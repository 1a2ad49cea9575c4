"""The recordings of the Free Spoken Digit Dataset, and how the model hears them.

It hears 8 kHz, as the recordings are: Whisper's upper bands are then always empty, and a user's
sound at 16 or 48 kHz comes down to the same.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import WhisperFeatureExtractor

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo")
SET_ASIDE = range(5)  # indices that the data set's authors keep for testing
RATE = 8_000  # Hz, of the recordings
SECONDS = 1  # that the model hears at once
NAME = re.compile(r"(\d)_([a-z]+)_(\d+)\.wav")


@dataclass(frozen=True)
class Clip:
    """One recording."""

    samples: np.ndarray
    digit: int
    speaker: str
    index: int

    @property
    def set_aside(self) -> bool:
        """Whether it is for testing only."""
        return self.index in SET_ASIDE


def read_clips(data: Path) -> list[Clip]:
    """All recordings, in order of their files' names."""
    import soundfile

    found = []
    for file in sorted((data / "fsdd").glob("*.wav")):
        if match := NAME.fullmatch(file.name):
            samples, _ = soundfile.read(file, dtype="float32")
            found.append(Clip(samples, int(match[1]), match[2], int(match[3])))
    return found


def make_extractor() -> WhisperFeatureExtractor:
    """Whisper's 80 mel bands from half as many samples; those above 4 kHz stay empty."""
    return WhisperFeatureExtractor(
        feature_size=80, sampling_rate=RATE, hop_length=80, n_fft=200, chunk_length=SECONDS
    )


def features(extractor: Any, sounds: list[np.ndarray]) -> torch.Tensor:
    """Log-mel features, shape (sounds, 80, frames)."""
    read = extractor(sounds, sampling_rate=RATE, return_tensors="pt")
    found: torch.Tensor = read["input_features"]
    return found
