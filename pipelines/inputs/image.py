"""Pictures as input: whatever file a person drops becomes one upright RGB picture.

Knows files, not models: resizing to what a model wants is the model's image processor's work.
"""

import base64
import binascii
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError
from pipelines.inputs.files import allowed
from pipelines.settings import Settings
from pipelines.trace import note

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

    Picture = PilImage
else:
    Picture = Any


@dataclass(frozen=True)
class Image:
    """A picture: a path, bytes, a PIL picture, or gradio's ImageData as a dict."""

    label: str = "Image"

    def read(self, value: Any, settings: Settings) -> Picture:
        """Return an upright RGB picture.

        Transparency becomes white, 16 bits become 8, of an animation the first frame counts.

        Raises:
            InputError: no picture, not a picture, broken, or larger than the limit.
        """
        from PIL import Image as Pillow
        from PIL import ImageOps

        if value is None or value == "":
            raise InputError("There is no picture.", "Drop one, take one or click an example.")
        try:
            with warnings.catch_warnings():
                # Pillow only warns up to twice its limit; ours is checked below, before decoding.
                warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
                picture = value if isinstance(value, Pillow.Image) else Pillow.open(_source(value))
            _check_size(picture.size, settings)
            if getattr(picture, "n_frames", 1) > 1:
                note("Only the first frame of the animation is used.")
            picture.load()
            picture = ImageOps.exif_transpose(picture)
        except InputError:
            raise
        except Pillow.DecompressionBombError:
            raise _too_large(settings) from None
        except Exception as error:
            # Pillow's plugins raise OSError, SyntaxError, ValueError, struct.error and more.
            raise InputError(
                "This file is not a picture that can be read.",
                "Try a PNG, JPEG or WebP file; this one may be cut off or renamed.",
            ) from error
        return _rgb(picture)


def _source(value: Any) -> Path | io.BytesIO:
    if isinstance(value, dict):
        url = value.get("url") or ""
        if url.startswith("data:"):
            try:
                return io.BytesIO(base64.b64decode(url.partition(",")[2], validate=True))
            except binascii.Error:
                raise InputError("The picture's data URL is broken.", "Send it again.") from None
        value = value.get("path")
        if not value:
            raise InputError("There is no picture.", "Send a file or a data URL.")
    if isinstance(value, bytes):
        return io.BytesIO(value)
    if not isinstance(value, str | Path):
        raise InputError("A picture must be a file.", "Give a path, bytes or a PIL picture.")
    path = allowed(value)
    if not path.is_file():
        raise InputError(f"There is no file named {path.name}.", "Check the path.")
    if path.stat().st_size == 0:
        raise InputError("The picture's file is empty.", "Choose another file.")
    return path


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

    if picture.mode in {"I", "I;16", "I;16B", "I;16L", "F"}:
        # convert("RGB") would clip 16 bits at 255 and turn the picture white.
        import numpy as np

        values = np.asarray(picture, dtype=np.float32)
        low, high = float(values.min()), float(values.max())
        grey = (values - low) * (255 / max(high - low, 1.0))
        picture = Pillow.fromarray(grey.astype(np.uint8))
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Pillow.new("RGBA", picture.size, "white")
        picture = Pillow.alpha_composite(white, picture)
    return picture.convert("RGB")
