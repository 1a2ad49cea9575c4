"""The scene detector's held-out figures: average precision over 24 kinds.

Things of which under 30 % can be seen are neither asked for nor counted against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipelines.scene_models.detector import Detector
from pipelines.scene_models.overlap import overlap
from pipelines.scenes import LABELS, Scene, make_scene
from starters.scene_targets import HELD_OUT_SEEDS
from starters.starter import Figure

CASES = 1000
AIMS = {"mAP@0.5": "≥ 0.90", "mAP@0.5:0.95": "≥ 0.65"}
LEVELS = [0.5 + 0.05 * step for step in range(10)]


def mean_average_precision(detector: Detector, seeds: Iterable[int]) -> dict[str, float]:
    """mAP@0.5 and mAP@0.5:0.95 with the whole area under the precision-recall curve."""
    rows: dict[str, list[tuple[float, list[bool | None]]]] = defaultdict(list)
    truths: dict[str, int] = defaultdict(int)
    for seed in seeds:
        scene = make_scene(seed)
        for thing in scene.asked:
            truths[thing.label] += 1
        for label, score, hits in _matches(detector, scene):
            rows[label].append((score, hits))
    by_kind = {label: _precisions(rows[label], truths[label]) for label in LABELS if truths[label]}
    table = np.array(list(by_kind.values()))
    return {
        "mAP@0.5": float(table[:, 0].mean()),
        "mAP@0.5:0.95": float(table.mean()),
        "lowest kind @0.5": float(table[:, 0].min()),
        "objects": float(sum(truths.values())),
    }


def _matches(detector: Detector, scene: Scene) -> list[tuple[str, float, list[bool | None]]]:
    """Each detection with, at each level, True for a hit, False for none, None to leave out."""
    taken: list[set[int]] = [set() for _ in LEVELS]
    matched = []
    for found in detector(scene.image, threshold=0.02):
        at = found["box"]
        box = list(map(float, (at["xmin"], at["ymin"], at["xmax"], at["ymax"])))
        same = [(n, o) for n, o in enumerate(scene.objects) if o.label == found["label"]]
        hits: list[bool | None] = []
        for level, used in zip(LEVELS, taken, strict=True):
            free = [
                (overlap(box, list(map(float, thing.box))), number)
                for number, thing in same
                if number not in used
            ]
            best, number = max(free, default=(0.0, -1))
            if best < level:
                hits.append(False)
                continue
            used.add(number)
            hits.append(True if scene.objects[number].visible >= 0.3 else None)
        matched.append((found["label"], found["score"], hits))
    return matched


def _precisions(rows: list[tuple[float, list[bool | None]]], truths: int) -> list[float]:
    levels = range(len(LEVELS))
    return [average_precision([(score, hits[n]) for score, hits in rows], truths) for n in levels]


def average_precision(rows: list[tuple[float, bool | None]], truths: int) -> float:
    """One kind's area under precision and recall; a detection whose hit is None is left out."""
    hits = np.array(
        [hit for _, hit in sorted(rows, key=lambda row: -row[0]) if hit is not None], bool
    )
    if not len(hits):
        return 0.0
    recall = hits.cumsum() / truths
    precision = hits.cumsum() / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * precision).sum())


def figures(folder: Path, data: Path | None = None) -> list[Figure]:
    """Of a bundled detector, on held-out scenes."""
    found = mean_average_precision(Detector.load(folder), HELD_OUT_SEEDS[:CASES])
    things = int(found.pop("objects"))
    return [Figure(name, value, things, AIMS.get(name, "")) for name, value in found.items()]
