"""Sound as a graph's input: what transformers' feature extractors do, with numpy.

about.json's "sound" has the extractor's settings; its mel filters and window lie in filters.npz.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.engines.openvino.runtime import Array

FILTERS = "filters.npz"
SMALLEST_MEL = 1e-10
KALDI_FLOOR = 1.192092955078125e-07
KALDI_PREEMPHASIS = 0.97
KALDI_FRAME, KALDI_HOP, KALDI_FFT = 400, 160, 512


def features(samples: Array, sound: Mapping[str, Any], filters: Mapping[str, Array]) -> Array:
    """The samples as the graph wants them, a batch of one."""
    match sound["kind"]:
        case "raw":
            values = _normalized(samples) if sound["do_normalize"] else samples
        case "whisper":
            values = _log_mel(samples, sound, filters)
        case "kaldi":
            values = _kaldi(samples, sound, filters)
        case unknown:
            raise ValueError(f"unknown features {unknown!r}")
    return np.ascontiguousarray(values[None], np.float32)


def _normalized(samples: Array) -> Array:
    centred: Array = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    return centred


def _log_mel(samples: Array, sound: Mapping[str, Any], filters: Mapping[str, Array]) -> Array:
    """Whisper's spectrogram of a window of fixed length, shape (mels, frames)."""
    size, hop = sound["n_fft"], sound["hop_length"]
    window = np.zeros(sound["n_samples"])
    window[: len(samples)] = samples[: len(window)]
    padded = np.pad(window, size // 2, mode="reflect")
    frames = sliding_window_view(padded, size)[::hop][:-1]
    power = np.abs(np.fft.rfft(frames * filters["window"])) ** 2
    logs = np.log10(np.maximum(power @ filters["mel_filters"], SMALLEST_MEL)).T
    scaled: Array = (np.maximum(logs, logs.max() - 8.0) + 4.0) / 4.0
    return scaled


def _kaldi(samples: Array, sound: Mapping[str, Any], filters: Mapping[str, Array]) -> Array:
    """Kaldi's filter banks as the audio spectrogram transformer has them, shape (frames, mels)."""
    if len(samples) < KALDI_FRAME:
        samples = np.pad(samples, (0, KALDI_FRAME - len(samples)))
    frames = sliding_window_view(samples.astype(np.float64), KALDI_FRAME)[::KALDI_HOP]
    frames = frames - frames.mean(1, keepdims=True)
    emphasized = frames.copy()
    emphasized[:, 1:] -= KALDI_PREEMPHASIS * frames[:, :-1]
    emphasized[:, 0] *= 1 - KALDI_PREEMPHASIS
    power = np.abs(np.fft.rfft(emphasized * filters["window"], KALDI_FFT)) ** 2
    logs = np.log(np.maximum(power @ filters["mel_filters"], KALDI_FLOOR))
    longest = sound["max_length"]
    banks = np.zeros((longest, logs.shape[1]))
    banks[: len(logs)] = logs[:longest]
    if not sound["do_normalize"]:
        return banks
    scaled: Array = (banks - sound["mean"]) / (sound["std"] * 2)
    return scaled
