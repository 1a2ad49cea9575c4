"""Pictures that are far longer than wide, a strip or a line of one pixel, for models that resize.

A shorter edge of 256 pixels makes 1 × 5,000 pixels 256 × 1,280,000, and a longer edge of 1,333 no
pixel wide.
"""

from math import ceil

from pipelines.inputs import Picture

MOST = 32  # times as long as wide; panoramas are up to ten times
LONGEST = 8192  # pixels, of a picture that is more


def bounded(image: Picture) -> Picture:
    """The picture, or one that was stretched across where it is longer than that."""
    if max(image.size) <= MOST * min(image.size):
        return image
    longest = min(max(image.size), LONGEST)
    least = ceil(longest / MOST)
    width, height = (min(max(side, least), longest) for side in image.size)
    return image.resize((width, height))
