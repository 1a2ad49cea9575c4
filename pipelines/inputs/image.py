"""Pictures as input: any picture file becomes one upright RGB picture.

Knows files, not models: resizing to what a model wants is the model's image processor's work.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from pipelines.errors import InputError
from pipelines.inputs.source import is_missing, open_source
from pipelines.run import note
from pipelines.settings import Settings

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

    Picture = PilImage
else:
    Picture = Any

# What cameras, browsers and editors write, decoded inside Pillow and its libraries. Not EPS, which
# starts Ghostscript, nor formats that need another program's decoder (WMF, BUFR, GRIB, HDF5), nor
# ICO and ICNS, where Pillow knows the embedded picture's size only after it has been decoded, nor
# formats that no photograph has.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
ANIMATED = {"PNG", "WEBP", "GIF", "AVIF"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}
MOST_SCANS = 200  # of a JPEG; cameras and editors write up to 10, each costs time for all pixels
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
MARKER = re.compile(rb"\xff[\xc0-\xcf\xd9-\xfe]")  # of a JPEG, but for those without a length


@dataclass(frozen=True)
class Image:
    """A picture: a path, bytes, a data URL, an https address, a PIL picture, or gradio's
    ImageData as a dict."""

    label: str = "Image"

    def read(self, value: Any, settings: Settings) -> Picture:
        """Return an upright RGB picture.

        Transparency becomes white, 16 bits become 8, of an animation the first frame counts.

        Raises:
            InputError: no picture, not a picture, broken, or larger than the limit.
        """
        from PIL import Image as Pillow

        if is_missing(value):
            raise InputError("There is no picture.", "Drop one, take one or click an example.")
        if isinstance(value, Pillow.Image):
            return _decoded(value, settings)
        with open_picture(value, settings) as picture:
            return _decoded(picture, settings)


@contextmanager
def open_picture(value: Any, settings: Settings) -> "Iterator[PilImage]":
    """The picture with its header read; its pixels are decoded when they are asked for.

    Raises:
        InputError: none of FORMATS, or nothing that can be opened.
    """
    from PIL import Image as Pillow
    from PIL import TiffImagePlugin

    # Pillow's own reader of uncompressed TIFFs expects four bytes a pixel of YCbCr, which has three
    # or, subsampled, fewer; libtiff, which reads the compressed ones, reads these, too.
    TiffImagePlugin.READ_LIBTIFF = True
    with open_source(value, "picture", unreadable(), settings) as file:
        try:
            with warnings.catch_warnings():
                # Of damaged tags, and of sizes up to twice its limit; ours is checked below.
                warnings.simplefilter("ignore")
                picture = Pillow.open(file, formats=FORMATS)
            scans = _scans(file) if picture.format in {"JPEG", "MPO"} else 0
        except Pillow.DecompressionBombError:
            raise _too_large(settings) from None
        except Exception as error:
            # Pillow's plugins raise OSError, SyntaxError, ValueError, struct.error and more.
            raise (_heic() if _is_heic(file) else unreadable()) from error
        if scans > MOST_SCANS:
            raise unreadable()
        yield picture


def unreadable() -> InputError:
    """The error for every file that is missing, not readable, damaged or not a picture."""
    return InputError(
        "This file is not a picture that can be read.",
        "Try a PNG, JPEG or WebP file; this one may be missing, cut off or renamed.",
    )


def _decoded(picture: Picture, settings: Settings) -> Picture:
    from PIL import ImageOps

    _check_size(picture.size, settings)
    try:
        # TIFF's further pages and a phone photo's depth map or preview (MPO) are no animation.
        if picture.format in ANIMATED and getattr(picture, "is_animated", False):
            note("Only the first frame of the animation is used.")
        picture.load()
        with suppress(Exception):  # damaged EXIF, which viewers show the picture without
            picture = ImageOps.exif_transpose(picture)
        return _rgb(picture)
    except Exception as error:
        raise unreadable() from error


def _scans(file: BinaryIO) -> int:
    """How many scans a JPEG has: its start-of-scan markers, which cannot occur in coded data.

    What follows its end does not count: phones put a film there, or a second picture.
    """
    begin = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(begin)
    at = count = 0
    while found := MARKER.search(content, at):
        marker, at = found[0][1], found.end()
        if marker == END_OF_IMAGE and count:
            break
        if marker != END_OF_IMAGE:
            at += int.from_bytes(content[at : at + 2])  # the rest of the segment
        count += marker == START_OF_SCAN
    return count


def _is_heic(file: BinaryIO) -> bool:
    file.seek(0)
    head = file.read(64)
    length = min(int.from_bytes(head[:4]), len(head))
    brands = {head[at : at + 4] for at in (8, *range(16, length, 4))}
    return head[4:8] == b"ftyp" and bool(brands & HEIC_BRANDS) and not brands & AVIF_BRANDS


def _heic() -> InputError:
    return InputError(
        "HEIC is not read here.",
        "Save the photo as JPEG; an iPhone takes JPEG with Settings, Camera, Formats, "
        "Most Compatible.",
    )


def _check_size(size: tuple[int, int], settings: Settings) -> None:
    if size[0] * size[1] > settings.max_megapixels * 1_000_000:
        raise _too_large(settings)


def _too_large(settings: Settings) -> InputError:
    return InputError(
        f"The picture has more than {settings.max_megapixels} million pixels.",
        "Make it smaller first.",
    )


def _rgb(picture: Picture) -> Picture:
    from PIL import Image as Pillow

    if picture.mode in {"I", "F"} or picture.mode.startswith("I;16"):
        # convert("RGB") would clip 16 bits at 255 and turn the picture white.
        picture = _grey(picture)
    if picture.mode in {"RGBa", "La"}:  # colours multiplied by their opacity
        picture = picture.convert(picture.mode.upper())
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Pillow.new("RGBA", picture.size, "white")
        picture = Pillow.alpha_composite(white, picture)
    return picture.convert("RGB")


def _grey(picture: Picture) -> Picture:
    """Convert a greyscale picture of integers or floating-point numbers to 8 bits.

    White is the end of the smallest usual range that holds all values (of 16-bit pictures always
    65,535), so that a uniform picture keeps its brightness. Values outside of these ranges are
    stretched from their minimum to their maximum.
    """
    import numpy as np
    from PIL import Image as Pillow

    values = np.asarray(picture, dtype=np.float64)
    clear = picture.info.get("transparency")  # a shade that stands for it
    transparent = values == (clear if isinstance(clear, int) else np.nan)
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    ranges = {"F": (1, 255, 65_535), "I": (255, 65_535)}.get(picture.mode, (65_535,))
    white = next((top for top in ranges if low >= 0 and high <= top), None)
    if white:
        low, high = 0.0, float(white)
    values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    values[transparent] = high
    return Pillow.fromarray(((values - low) * (255 / ((high - low) or 1))).round().astype(np.uint8))
