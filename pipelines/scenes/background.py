"""Backgrounds of the scene world: plain, gradients, textures, noise, each in one colour.

Integer arithmetic only, so that every machine makes the same pixels.
"""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.scenes.kinds import COLOURS

STYLES = ("plain", "gradient", "stripes", "checks", "dots", "noise", "clouds")


def draw_background(rng: Random, size: int) -> tuple[str, Image.Image]:
    """Draw a background of a random colour and style; return the colour's name and it."""
    colour = rng.choice(tuple(COLOURS))
    base = [min(255, max(0, channel + rng.randint(-12, 12))) for channel in COLOURS[colour]]
    darker = [channel * 84 // 100 for channel in base]
    lighter = [channel + (255 - channel) * 14 // 100 for channel in base]
    first, second = rng.choice(((darker, lighter), (base, lighter), (darker, base)))
    share = _share(rng, rng.choice(STYLES), size)[..., None]
    pixels = (np.array(first) * (255 - share) + np.array(second) * share) // 255
    return colour, Image.fromarray(pixels.astype(np.uint8))


def _share(rng: Random, style: str, size: int) -> NDArray[np.int32]:
    """How much of the second shade each pixel gets, 0 to 255."""
    rows, columns = np.mgrid[0:size, 0:size]
    if style == "gradient":
        across, down = rng.choice(((1, 0), (0, 1), (1, 1)))
        share = (columns * across + rows * down) * 255 // ((size - 1) * (across + down))
        return np.asarray(share if rng.randint(0, 1) else 255 - share, np.int32)
    step = max(2, rng.randint(8, 40) * size // 256)
    if style == "stripes":
        across, down = rng.choice(((1, 0), (0, 1), (1, 1), (2, 1)))
        return np.asarray(((columns * across + rows * down) // step % 2) * 255, np.int32)
    if style == "checks":
        return np.asarray(((columns // step + rows // step) % 2) * 255, np.int32)
    if style == "dots":
        x, y = columns % step - step // 2, rows % step - step // 2
        return np.asarray((16 * (x * x + y * y) < step * step) * 255, np.int32)
    noise = np.random.Generator(np.random.PCG64(rng.getrandbits(32)))
    if style == "noise":
        return noise.integers(0, 256, (size, size)).astype(np.int32)
    if style == "clouds":
        cells = rng.randint(3, 12)
        small = Image.fromarray(noise.integers(0, 256, (cells, cells)).astype(np.uint8))
        return np.asarray(small.resize((size, size), Image.Resampling.BICUBIC), np.int32)
    return np.full((size, size), rng.choice((0, 255)), np.int32)
