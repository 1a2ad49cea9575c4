"""Twenty signs drawn here, to read: five sizes, two fonts, turned by up to 10°."""

from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIGNS = (
    "NO PARKING,Open 24 hours,Café Rosa,Bakery & Co,School\nBus stop,Platform 9,CAUTION\nWet floor,"
    "Hotel Aurora,Speed limit 50,Fresh fish\nevery Friday,Pull,Museum closed,Tickets,Do not enter,"
    "Library\n2nd floor,Taxi 0171 5550,Welcome,Ice cream,Emergency\nexit only,One way"
).split(",")
SIZES, ANGLES = (18, 24, 36, 60, 90), (-10, -6, 0, 4, 8, 10, -3)
COLOURS = [("white", "darkgreen"), ("black", "white"), ("white", "navy"), ("black", "gold")]


def _bold_font() -> Path:
    gradio = find_spec("gradio")
    assert gradio
    assert gradio.origin
    return next(Path(gradio.origin).parent.rglob("KaTeX_Main-Bold*.ttf"))


def _font(number: int, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if number % 2:
        return ImageFont.truetype(str(_bold_font()), size)
    return ImageFont.load_default(size)


def sign(number: int, text: str, angle: float | None = None) -> Image.Image:
    """A sign on a wall."""
    size, (ink, plate) = SIZES[number % 5], COLOURS[number % 4]
    letters = _font(number, size)
    _, _, right, bottom = ImageDraw.Draw(Image.new("RGB", (1, 1))).multiline_textbbox(
        (0, 0), text, font=letters
    )
    board = Image.new("RGBA", (int(right) + 2 * size, int(bottom) + 2 * size), plate)
    ImageDraw.Draw(board).multiline_text((size, size), text, ink, letters, align="center")
    turned = board.rotate(
        ANGLES[number % 7] if angle is None else angle,
        expand=True,
        resample=Image.Resampling.BICUBIC,
    )
    wall = Image.new("RGB", (turned.width + 80, turned.height + 80), (120, 130, 125))
    wall.paste(turned, (40, 40), turned)
    return wall
