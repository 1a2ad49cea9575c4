"""Whatever picture a person drops becomes upright RGB, or a sentence says why not."""

import base64
import io
import os
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
from pipelines.inputs.image import FORMATS
from pipelines.run import Run
from pipelines.settings import Settings
from tests.peak import peak, peak_from_now

CASES = Path(__file__).parent / "cases"
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


def test_a_missing_file_is_said_as_one_that_is_no_picture(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    os.mkfifo(tmp_path / "pipe")
    said = set()
    for path in (tmp_path / "missing.png", tmp_path / "secret.txt", tmp_path / "pipe", tmp_path):
        with pytest.raises(InputError) as caught:
            Image().read(path, settings)
        said.add(str(caught.value))
    assert len(said) == 1
    assert "not a picture that can be read" in said.pop()


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


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "avif"])
def test_of_an_animation_the_first_frame_counts(
    kind: str, settings: Settings, tmp_path: Path
) -> None:
    blue = Pillow.new("RGB", RED.size, "blue")
    path = saved(RED, tmp_path / f"a.{kind}", save_all=True, append_images=[blue])
    with Run().active() as run:
        pixel = Image().read(path, settings).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200
    assert pixel[2] < 60
    assert run.notes == ["Only the first frame of the animation is used."]


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
    pixel = Image().read(path, settings).getpixel((4, 4))
    assert isinstance(pixel, tuple)
    red, green, blue = pixel
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


def test_a_data_url_may_have_line_breaks(settings: Settings, tmp_path: Path) -> None:
    content = saved(RED, tmp_path / "red.png").read_bytes()
    url = "data:image/png;base64," + base64.encodebytes(content).decode()
    for value in (url, {"url": url}, {"path": url}, {"url": url.replace("\n", "%0A")}):
        assert Image().read(value, settings).getpixel((0, 0)) == (255, 0, 0)


def test_white_of_16_bits_is_white(settings: Settings) -> None:
    picture = Image().read(CASES / "white-16-bit.png", settings)
    assert picture.getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize(
    ("mode", "value", "shade"),
    [("F", 1.0, 255), ("F", 0.5, 128), ("F", 255.0, 255), ("I", 128, 128), ("I", 65_535, 255)],
)
def test_an_even_picture_keeps_its_shade(
    mode: str, value: float, shade: int, settings: Settings
) -> None:
    picture = Image().read(Pillow.new(mode, (4, 4), value), settings)
    assert picture.getpixel((0, 0)) == (shade,) * 3


def test_a_pixel_that_is_infinite_is_clipped(settings: Settings) -> None:
    picture = Image().read(CASES / "float-inf.tiff", settings)  # 0.5, one pixel infinite
    assert picture.getextrema() == ((128, 255),) * 3


def test_a_file_of_several_pictures_is_no_animation(settings: Settings, tmp_path: Path) -> None:
    pages = saved(RED, tmp_path / "pages.tiff", save_all=True, append_images=[RED])
    with Run().active() as run:
        Image().read(pages, settings)
        Image().read(CASES / "phone-photo.mpo.jpg", settings)
    assert run.notes == []


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_heic_is_said_by_its_name(brand: bytes, settings: Settings) -> None:
    with pytest.raises(InputError, match="HEIC is not read here"):
        Image().read(b"\0\0\0\x18ftyp" + brand + bytes(400), settings)


def test_an_avif_that_is_broken_is_not_called_heic(settings: Settings) -> None:
    head = b"\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf"
    with pytest.raises(InputError, match="not a picture that can be read"):
        Image().read(head + bytes(400), settings)
    with pytest.raises(InputError, match="HEIC is not read here"):
        Image().read(head.replace(b"avif", b"heic") + bytes(400), settings)


def jpeg(**options: Any) -> bytes:
    file = io.BytesIO()
    RED.save(file, "JPEG", **options)
    return file.getvalue()


def test_a_film_behind_a_photo_does_no_harm(settings: Settings) -> None:
    film = bytes(50) + b"\xff\xda" * 500  # any bytes
    assert Image().read(jpeg() + film, settings).size == RED.size
    assert Image().read(jpeg(progressive=True) + film, settings).size == RED.size


@pytest.mark.parametrize("exif", [b"garbage", b"II*\0\x08\0\0\0\xff\xff", b"MM\0*" + bytes(3)])
def test_a_photo_with_damaged_exif_is_seen_as_it_lies(exif: bytes, settings: Settings) -> None:
    assert Image().read(jpeg(exif=b"Exif\0\0" + exif), settings).size == RED.size


def test_a_transparent_shade_of_16_bits_becomes_white(settings: Settings, tmp_path: Path) -> None:
    shades = np.array([[0, 30_000, 0, 60_000]], np.uint16)
    path = saved(Pillow.fromarray(shades), tmp_path / "t.png", transparency=0)
    assert np.asarray(Image().read(path, settings))[0, :, 0].tolist() == [255, 117, 255, 233]


@pytest.mark.parametrize("mode", ["RGBa", "La"])
def test_colours_multiplied_by_their_opacity_become_rgb(mode: str, settings: Settings) -> None:
    clear = Pillow.new(mode, (4, 4))
    assert Image().read(clear, settings).getpixel((0, 0)) == (255, 255, 255)


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(secret) run\n"
OTHERS = {
    "eps": EPS,
    "eps in a TIFF preview": b"\xc5\xd0\xd3\xc6"
    + struct.pack("<II", 32, len(EPS))
    + bytes(20)
    + EPS,
    "wmf": b"\xd7\xcd\xc6\x9a" + bytes(18) + b"\x01\0\t\0" + bytes(200),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "xpm": b'/* XPM */\nstatic char *a[] = {\n"1 1 1 1",\n"a c #ff0000",\n"a"\n};',
    "pdf": b"%PDF-1.7\n",
    "fpx, mic": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "zip": b"PK\x03\x04" + bytes(200),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_formats_are_refused_and_start_no_program(
    kind: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: Any, **__: Any) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr("subprocess.Popen", started)
    with pytest.raises(InputError, match="not a picture that can be read"):
        Image().read(OTHERS[kind], settings)


def test_only_formats_that_are_decoded_here_are_opened() -> None:
    assert not {"EPS", "WMF", "ICNS", "ICO", "FITS", "GRIB", "HDF5", "BUFR", "PCD", "IPTC"} & {
        *FORMATS
    }


def chunked(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of one pixel with these chunks before its pixel."""
    whole = png(1, 1, bytes(2))
    extra = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return whole[:33] + extra + whole[33:]


def gif_bomb() -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    return screen + b"," + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x08\x01\x01\0;"


def webp_bomb() -> bytes:
    size = (16_382).to_bytes(3, "little")
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size + size
    control = b"ANIM" + struct.pack("<I", 6) + bytes(6)
    body = b"WEBP" + canvas + control
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tiff_bomb() -> bytes:
    tags = [(256, 100_000), (257, 100_000), (258, 8), (259, 8), (262, 1), (273, 8), (279, 8)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def scans_bomb() -> bytes:
    file = io.BytesIO()
    Pillow.new("L", (1024, 1024), "white").save(file, "JPEG", progressive=True)
    content = file.getvalue()
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * 5_000 + content[-2:]


COMPRESSED = zlib.compress(bytes(200_000_000), 9)
BOMBS = {
    "zTXt": chunked(*[(b"zTXt", b"a\0\0" + COMPRESSED)] * 20),
    "iTXt": chunked(*[(b"iTXt", b"a\0\1\0\0\0" + COMPRESSED)] * 20),
    "iCCP": chunked((b"iCCP", b"a\0\0" + COMPRESSED)),
    "gif": gif_bomb(),
    "webp": webp_bomb(),
    "tiff": tiff_bomb(),
    "bmp": b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 60_000, 60_000, 1, 24, *[0] * 6),
    "ppm": b"P6 60000 60000 255\n",
    "jpeg scans": scans_bomb(),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_within_little_memory(kind: str, settings: Settings) -> None:
    before = peak_from_now()
    with pytest.raises(InputError):
        Image().read(BOMBS[kind], settings)
    assert peak() - before < 100_000  # kilobytes


def test_thousands_of_frames_are_not_looked_at(settings: Settings) -> None:
    file = io.BytesIO()
    frames = [RED, RED.rotate(90)]
    RED.save(file, "GIF", save_all=True, append_images=frames * 20)
    content = file.getvalue()
    assert Image().read(content[:-1] + content[800:-1] * 2_000, settings).size == (40, 30)
