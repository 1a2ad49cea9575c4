"""Speech as a file: all of it, in each format, whole or in pieces."""

import io

import av
import numpy as np
import pytest

from api.sound_formats import CODECS, FRAME, SoundFile, encoded
from pipelines.outputs import Speech

SAMPLES = (10_000 * np.sin(np.arange(5 * FRAME // 2) / 10)).astype(np.int16)


def samples_of(file: bytes) -> int:
    with av.open(io.BytesIO(file)) as opened:
        return sum(frame.samples for frame in opened.decode(audio=0))


@pytest.mark.parametrize("name", CODECS)
def test_a_file_has_every_sample(name: str) -> None:
    whole = samples_of(encoded(Speech(SAMPLES, 16_000), name))
    growing = SoundFile(name, 16_000)
    pieces = growing.add(SAMPLES[:FRAME]) + growing.add(SAMPLES[FRAME:]) + growing.close()
    padding = 2 * FRAME if name == "mp3" else 0  # an MP3 is whole frames, and begins with one
    assert len(SAMPLES) <= whole <= len(SAMPLES) + padding
    assert len(SAMPLES) <= samples_of(pieces) <= len(SAMPLES) + padding
