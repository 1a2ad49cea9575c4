"""Disturbs recordings of one word so that a model trained on few voices understands others.

Knows samples, no models: speed (and with it pitch and the resonances of the throat), place in the
window, tone, noise and level, each drawn anew.
"""

import numpy as np

Samples = np.ndarray


def disturbed(samples: Samples, seconds: float, rate: int, chance: np.random.Generator) -> Samples:
    """One recording, changed at random, `seconds` long."""
    faster = np.exp(chance.uniform(np.log(0.8), np.log(1.25)))
    places = np.arange(0, len(samples) - 1, faster)
    changed = np.interp(places, np.arange(len(samples)), samples).astype(np.float32)
    if chance.random() < 0.5:
        changed = _toned(changed, chance)
    window = placed(changed, int(seconds * rate), chance)
    if chance.random() < 0.5:
        window = window + _noise(window, chance)
    return (window * 10 ** (chance.uniform(-30, 0) / 20)).astype(np.float32)


def placed(samples: Samples, length: int, chance: np.random.Generator) -> Samples:
    """The recording at a random place in silence, `length` samples in all."""
    samples = samples[:length]
    window = np.zeros(length, np.float32)
    at = int(chance.integers(0, length - len(samples) + 1))
    window[at : at + len(samples)] = samples
    return window


def _toned(samples: Samples, chance: np.random.Generator) -> Samples:
    """As another microphone or room would colour it: up to 8 dB at six frequencies."""
    spectrum = np.fft.rfft(samples)
    anchors = np.linspace(0, len(spectrum) - 1, 6)
    decibels = np.interp(np.arange(len(spectrum)), anchors, chance.uniform(-8, 8, 6))
    return np.fft.irfft(spectrum * 10 ** (decibels / 20), len(samples)).astype(np.float32)


def _noise(window: Samples, chance: np.random.Generator) -> Samples:
    """Noise between white and brown, 10 to 40 dB below the loudest part."""
    spectrum = np.fft.rfft(chance.standard_normal(len(window)))
    spectrum *= np.arange(1, len(spectrum) + 1) ** -chance.uniform(0, 1)
    noise = np.fft.irfft(spectrum, len(window))
    loudest = np.sqrt(np.mean(window[np.abs(window) > 0.1 * np.abs(window).max()] ** 2))
    scaled: np.ndarray = noise / noise.std() * loudest * 10 ** (-chance.uniform(10, 40) / 20)
    return scaled
