"""A sound as a speech model sees it: how loud each pitch is at each moment (log-mel spectrogram).

It is what Whisper gets of a sound, by the code that faster-whisper computes it with: 80 bands of
pitch as wide as the ear hears them, a hundred moments a second.
"""

from typing import TYPE_CHECKING, Any

from pipelines.inputs import Sound

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

BANDS = 80
MOMENTS = 100  # a second
RANGE = 2.0  # of Whisper's numbers: what is 80 dB below the loudest is all the same


def log_mel(sound: Sound, most: int) -> "Array":
    """Loudness from 0 to 1, shape (BANDS, moments), the lowest pitch first.

    Of a sound with more than `most` moments neighbours are one, as loud as the loudest of them.
    """
    import numpy as np
    from faster_whisper.feature_extractor import FeatureExtractor

    extract: Any = FeatureExtractor(feature_size=BANDS, sampling_rate=sound.sampling_rate)
    values = extract(sound.samples)[:, : round(sound.seconds * MOMENTS)]
    together = -(-values.shape[1] // most) or 1
    starts = np.arange(0, values.shape[1], together)
    loudest: Array = np.maximum.reduceat(values, starts, axis=1)
    shown: Array = np.clip(1 + (loudest - loudest.max()) / RANGE, 0, 1)
    return shown
