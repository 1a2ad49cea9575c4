"""What the detector is taught: scenes as pixels, and for each cell what stands there."""

from __future__ import annotations

import io
from collections.abc import Iterator
from random import Random

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from pipelines.scene_models.backbone import pixels
from pipelines.scene_models.vision import STRIDE, Seen, cell_boxes
from pipelines.scenes import LABELS, make_scene

SIDE = 256
CELLS = SIDE // STRIDE

# Which seeds are for what; no two overlap.
DETECTOR_SEEDS = range(1_000_000, 2_000_000)
READER_SEEDS = range(2_000_000, 3_000_000)  # captioner and question answerer
WATCH_SEEDS = range(8_000_000, 8_100_000)  # watched while training
HELD_OUT_SEEDS = range(9_000_000, 9_100_000)  # the figures of the model cards


class DetectorScenes(Dataset[tuple[Tensor, ...]]):
    """Scene number n as pixels, heat, weight, boxes and the cells that hold a box."""

    def __init__(self, seeds: range) -> None:
        self.seeds = seeds

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, number: int) -> tuple[Tensor, ...]:
        scene = make_scene(self.seeds[number], SIDE)
        heat = np.zeros((len(LABELS), CELLS, CELLS), np.float32)
        weight = np.ones_like(heat)
        boxes = np.zeros((4, CELLS, CELLS), np.float32)
        nearest = np.full((CELLS, CELLS), np.inf, np.float32)
        middles = np.arange(CELLS) + 0.5
        for thing in scene.objects:
            box = np.array(thing.box, np.float32) / STRIDE
            x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            wide, high = box[2] - box[0], box[3] - box[1]
            far = ((middles[None] - x) / max(wide, 1.0)) ** 2 + (
                (middles[:, None] - y) / max(high, 1.0)
            ) ** 2
            layer = LABELS.index(thing.label)
            if thing.visible < 0.3:
                weight[layer][far < 0.1] = 0  # neither there nor absent
                continue
            bump = np.exp(-far / (2 * 0.1**2)).astype(np.float32)
            row, column = min(int(y), CELLS - 1), min(int(x), CELLS - 1)
            bump[row, column] = 1
            heat[layer] = np.maximum(heat[layer], np.where(bump < 0.01, 0, bump))
            far[row, column] = 0
            mine = (far < 0.04) & (far < nearest)
            nearest[mine] = far[mine]
            boxes[:, mine] = box[:, None]
        image = scene.image
        rng = Random(scene.seed)
        if rng.random() < 0.25:  # pictures reach the app through JPEG and WebP, too
            file = io.BytesIO()
            image.save(file, "JPEG", quality=rng.randint(60, 95))
            image = Image.open(file)
        held = np.isfinite(nearest)
        return pixels(image), *map(torch.from_numpy, (heat, weight, boxes, held))


def detector_batches(seeds: range, size: int, first: int, count: int) -> Iterator[list[Tensor]]:
    """So many batches from the given one on, made by one process beside the training."""
    scenes = DetectorScenes(seeds[first * size : (first + count) * size])
    return iter(DataLoader(scenes, size, num_workers=1, prefetch_factor=4))


def detector_loss(seen: Seen, heat: Tensor, weight: Tensor, boxes: Tensor, held: Tensor) -> Tensor:
    """Focal loss of the heat, overlap of the boxes, and how well the overlap is foreseen."""
    logits = seen.classes.float()
    chance = logits.sigmoid()
    centre = heat.eq(1)
    there = F.logsigmoid(logits) * (1 - chance) ** 2 * centre
    absent = F.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4 * ~centre
    found = -((there + absent) * weight).sum() / centre.sum().clamp(min=1)
    ours = cell_boxes(seen.boxes).permute(0, 2, 3, 1)[held]
    truth = boxes.permute(0, 2, 3, 1)[held]
    overlap, enclosed = _overlap(ours, truth)
    quality = seen.quality.float()[:, 0][held]
    foreseen = F.binary_cross_entropy_with_logits(quality, overlap.detach().clamp(0, 1))
    return found + 2 * (1 - enclosed).mean() + 0.5 * foreseen


def _overlap(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of boxes in rows."""
    low = torch.maximum(first[:, :2], second[:, :2])
    high = torch.minimum(first[:, 2:], second[:, 2:])
    shared = (high - low).clamp(min=0).prod(1)
    areas = (first[:, 2:] - first[:, :2]).prod(1) + (second[:, 2:] - second[:, :2]).prod(1)
    joined = areas - shared
    overlap = shared / joined
    low = torch.minimum(first[:, :2], second[:, :2])
    high = torch.maximum(first[:, 2:], second[:, 2:])
    around = (high - low).prod(1)
    return overlap, overlap - (around - joined) / around
