"""Whatever picture a person drops becomes upright RGB, or a sentence says why not."""

import base64
import io
import struct
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from pipelines.errors import InputError
from pipelines.inputs import Image
from pipelines.settings import Settings
from pipelines.trace import tracing

RED = Pillow.new("RGB", (40, 30), "red")


def saved(picture: Any, path: Path, **options: Any) -> Path:
    picture.save(path, **options)
    return path


def png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG whose header names a size; its pixels may be far fewer, or far more."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("value", [None, "", {}, {"path": None}], ids=repr)
def test_no_picture_is_said(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="There is no picture"):
        Image().read(value, settings)


def test_a_file_that_is_not_there_is_said_by_its_name_only(settings: Settings) -> None:
    with pytest.raises(InputError, match=r"There is no file named lion\.jpg\.") as caught:
        Image().read("/some/where/lion.jpg", settings)
    assert "/some" not in str(caught.value)


def test_an_empty_file_is_said(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(InputError, match="file is empty"):
        Image().read(tmp_path / "empty.png", settings)


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "gif", "tiff", "bmp"])
@pytest.mark.parametrize("keep", [8, 0.5])
def test_a_truncated_picture_is_said(
    kind: str, keep: float, settings: Settings, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    path = saved(Pillow.fromarray(noise), tmp_path / f"cut.{kind}")
    content = path.read_bytes()
    path.write_bytes(content[: int(keep if keep > 1 else len(content) * keep)])
    with pytest.raises(InputError, match="not a picture that can be read"):
        Image().read(path, settings)


@pytest.mark.parametrize(
    "content", [b"hello" * 100, b"%PDF-1.7\n", b"<svg xmlns='x'/>", b"ID3\x04" + bytes(200)]
)
def test_another_kind_of_file_under_a_pictures_name_is_said(
    content: bytes, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(InputError, match="not a picture that can be read"):
        Image().read(tmp_path / "photo.jpg", settings)


def test_a_picture_under_another_name_works(settings: Settings, tmp_path: Path) -> None:
    path = saved(RED, tmp_path / "red.png").rename(tmp_path / "red.txt")
    assert Image().read(path, settings).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "tiff"])
def test_of_an_animation_the_first_frame_counts(
    kind: str, settings: Settings, tmp_path: Path
) -> None:
    blue = Pillow.new("RGB", RED.size, "blue")
    path = saved(RED, tmp_path / f"a.{kind}", save_all=True, append_images=[blue])
    with tracing() as trace:
        pixel = Image().read(path, settings).getpixel((0, 0))
    assert pixel[0] > 200
    assert pixel[2] < 60
    assert trace.notes == ["Only the first frame of the animation is used."]


def test_one_pixel_is_a_picture(settings: Settings, tmp_path: Path) -> None:
    path = saved(RED.resize((1, 1)), tmp_path / "dot.png")
    assert Image().read(path, settings).size == (1, 1)


def test_a_picture_of_20000_by_20000_is_refused_before_it_is_decoded(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "huge.png").write_bytes(png(20_000, 20_000))
    with pytest.raises(InputError, match="more than 50 million pixels"):
        Image().read(tmp_path / "huge.png", settings)


def test_a_picture_between_pillows_limits_is_refused_too(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "large.png").write_bytes(png(10_000, 10_000))
    with pytest.raises(InputError, match="more than 50 million pixels"):
        Image().read(tmp_path / "large.png", settings)


def test_a_decompression_bomb_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png(60_000, 60_000, bytes(60_001 * 300)))
    with pytest.raises(InputError, match="more than 50 million pixels"):
        Image().read(tmp_path / "bomb.png", settings)


def test_a_picture_that_holds_more_than_its_header_says_is_no_danger(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "more.png").write_bytes(png(10, 10, bytes(20_000_000)))
    with suppress(InputError):
        assert Image().read(tmp_path / "more.png", settings).size == (10, 10)


def test_the_limit_is_a_setting(settings: Settings) -> None:
    picture = Pillow.new("L", (1001, 1000))
    with pytest.raises(InputError, match="more than 1 million"):
        Image().read(picture, replace(settings, max_megapixels=1))


def test_cmyk_works(settings: Settings, tmp_path: Path) -> None:
    path = saved(Pillow.new("CMYK", (8, 8), (0, 255, 255, 0)), tmp_path / "print.jpg")
    red, green, blue = Image().read(path, settings).getpixel((4, 4))
    assert red > 200
    assert max(green, blue) < 60


def test_sixteen_bits_keep_their_shades(settings: Settings, tmp_path: Path) -> None:
    ramp = np.linspace(0, 65_535, 64, dtype=np.uint16).reshape(8, 8)
    path = saved(Pillow.fromarray(ramp), tmp_path / "deep.png")
    grey = np.asarray(Image().read(path, settings))[..., 0]
    assert (grey.min(), grey.max()) == (0, 255)
    assert len(np.unique(grey)) == 64


def test_a_palette_works(settings: Settings, tmp_path: Path) -> None:
    path = saved(RED.convert("P"), tmp_path / "p.png")
    assert Image().read(path, settings).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_becomes_white(mode: str, settings: Settings) -> None:
    clear = Pillow.new("RGBA", (4, 4), (0, 0, 0, 0))
    clear = clear.convert(mode) if mode != "PA" else clear.convert("P").convert("PA")
    if mode == "PA":
        clear.putalpha(0)
    assert Image().read(clear, settings).getpixel((0, 0)) == (255, 255, 255)


def test_a_transparent_colour_of_a_palette_becomes_white(
    settings: Settings, tmp_path: Path
) -> None:
    picture = Pillow.new("P", (4, 4), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    path = saved(picture, tmp_path / "t.gif", transparency=0)
    assert Image().read(path, settings).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "F", "I", "YCbCr", "HSV", "LAB"])
def test_every_mode_becomes_rgb(mode: str, settings: Settings) -> None:
    assert Image().read(Pillow.new(mode, (4, 4)), settings).mode == "RGB"


def test_a_photo_taken_sideways_is_turned_upright(settings: Settings, tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    path = saved(RED, tmp_path / "side.jpg", exif=exif)
    assert Image().read(path, settings).size == (30, 40)


def test_bytes_a_data_url_and_gradios_file_are_pictures(settings: Settings, tmp_path: Path) -> None:
    content = saved(RED, tmp_path / "red.png").read_bytes()
    url = "data:image/png;base64," + base64.b64encode(content).decode()
    for value in (content, {"url": url}, {"path": str(tmp_path / "red.png")}, RED):
        assert Image().read(value, settings).size == (40, 30)


@pytest.mark.parametrize("url", ["data:image/png;base64,!!!", "data:image/png;base64,AAAA"])
def test_a_broken_data_url_is_said(url: str, settings: Settings) -> None:
    with pytest.raises(InputError):
        Image().read({"url": url}, settings)


@pytest.mark.parametrize("value", [3, ["a.png"], io.BytesIO(b"x")], ids=["int", "list", "file"])
def test_what_is_no_picture_at_all_is_refused(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError):
        Image().read(value, settings)
