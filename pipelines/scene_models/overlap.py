"""Intersection over union of two boxes, and the thresholds above which both are the same object."""

SAME_KIND, ANY_KIND = 0.6, 0.85  # of two boxes that overlap more the lower-scored one is dropped


def overlap(first: list[float], second: list[float]) -> float:
    """Intersection over union."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return wide * high / (sum(areas) - wide * high)
