"""Make the bundled drawings of the scene world from Noto Color Emoji.

    python -m starters.scene_drawings [--font NotoColorEmoji.ttf]

Needs the font only here (Debian: fonts-noto-color-emoji); what it writes to
assets/scenes/ is all the scene world needs afterwards.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipelines.scenes.kinds import KINDS

STRIKE = 109  # the one size this bitmap font holds
FONT = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
FOLDER = Path(__file__).resolve().parent.parent / "assets" / "scenes"


def main() -> None:
    """Draw every kind once, as a transparent picture of 136 × 128 pixels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--font", default=FONT)
    font = ImageFont.truetype(parser.parse_args().font, STRIKE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        picture = Image.new("RGBA", (136, 128))
        draw = ImageDraw.Draw(picture)
        left, top, _, _ = draw.textbbox((0, 0), chr(kind.codepoint), font=font)
        draw.text((-left, -top), chr(kind.codepoint), font=font, embedded_color=True)
        picture.save(FOLDER / f"{kind.name}.png", optimize=True)


if __name__ == "__main__":
    main()
