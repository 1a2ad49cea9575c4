"""TIFF in the colours that scanners and editors write it in."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from pipelines.inputs import Image
from pipelines.settings import Settings

LEFT, RIGHT = (200, 60, 30), (20, 90, 220)


def picture() -> Pillow.Image:
    """Red on the left, blue on the right."""
    two = Pillow.new("RGB", (64, 48), LEFT)
    two.paste(RIGHT, (32, 0, 64, 48))
    return two


def subsampled(across: int, down: int) -> bytes:
    """A TIFF without compression in which so many pixels share a colour, as of a JPEG unpacked."""
    values = np.asarray(picture().convert("YCbCr"))
    height, width = values.shape[:2]
    content = b""
    for y in range(0, height, down):
        for x in range(0, width, across):
            block = values[y : y + down, x : x + across]
            content += block[..., 0].tobytes() + block[0, 0, 1:].tobytes()
    end = 8 + len(content)
    tags = {256: width, 257: height, 259: 1, 262: 6, 273: 8, 277: 3, 278: height, 279: len(content)}
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items()]
    entries.append(struct.pack("<HHII", 258, 3, 3, end + 2 + 10 * 12 + 4))
    entries.append(struct.pack("<HHIHH", 530, 3, 2, across, down))
    entries.sort(key=lambda one: struct.unpack_from("<H", one))
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", end) + content + directory + struct.pack("<HHH", 8, 8, 8)


def lab() -> Pillow.Image:
    to = ImageCms.createProfile("LAB")
    made = ImageCms.profileToProfile(
        picture(), ImageCms.createProfile("sRGB"), to, outputMode="LAB"
    )
    assert made
    return made


def written(made: Pillow.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    made.save(file, "TIFF", **options)
    return file.getvalue()


def check(content: bytes, settings: Settings, tolerance: int = 8) -> None:
    seen = np.asarray(Image().read(content, settings)).astype(int)
    for (x, y), colour in (((10, 10), LEFT), ((50, 40), RIGHT)):
        assert np.abs(seen[y, x] - colour).max() <= tolerance


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["YCbCr", "CMYK", "LAB", "RGB"])
def test_its_colours_are_read(mode: str, compression: str | None, settings: Settings) -> None:
    made = lab() if mode == "LAB" else picture().convert(mode)
    check(written(made, compression=compression), settings)


@pytest.mark.parametrize(("across", "down"), [(1, 1), (2, 1), (2, 2), (4, 2)])
def test_pixels_may_share_their_colours(across: int, down: int, settings: Settings) -> None:
    check(subsampled(across, down), settings)


@pytest.mark.parametrize(("kind", "scale"), [("uint16", 257), ("int32", 257), ("float32", 1 / 255)])
def test_shades_of_more_than_8_bits_are_read(kind: str, scale: float, settings: Settings) -> None:
    shades = np.linspace(0, 255, 64).round()[None].repeat(48, 0)
    content = written(Pillow.fromarray((shades * scale).astype(kind)))
    seen = np.asarray(Image().read(content, settings))
    assert np.abs(seen - shades[..., None]).max() <= 1
