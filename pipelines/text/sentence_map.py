"""Vectors of many numbers as points on a plane: their first two principal components.

points, shares = principal_components(vectors)  # (count, 2), and what each keeps of variance
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def principal_components(vectors: Array) -> tuple[Array, tuple[float, float]]:
    """The place of each vector on the plane on which they lie furthest apart, and the shares of
    their variance along it. Which side is left or right, means nothing; so that it is always the
    same, the largest number of each component is positive."""
    centred = np.asarray(vectors, np.float64) - np.mean(vectors, axis=0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(centred), 2))
    kept = min(2, len(lengths))
    points[:, :kept] = left[:, :kept] * lengths[:kept]
    furthest = np.abs(points).argmax(axis=0)
    points *= np.where(points[furthest, [0, 1]] < 0, -1, 1)
    power = np.zeros(2)
    power[:kept] = lengths[:kept] ** 2
    total = float((lengths**2).sum()) or 1.0
    return points, (float(power[0]) / total, float(power[1]) / total)
