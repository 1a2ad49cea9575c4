"""The scene models' vision backbone: objects, a colour grid, an out-of-distribution score.

Every bundled scene starter has its own copy of the detector's weights, so that each stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from pipelines.scene_models.overlap import ANY_KIND, SAME_KIND
from pipelines.scene_models.vision import STRIDE, SceneVision, find_peaks

FAMILIAR_FILE = "familiar.safetensors"
PEAKS = 24  # candidates for boxes
READER_OBJECTS = 10  # of them are inputs of the reader
GRID = 2
MIN_SCORE = 0.15  # peaks that score less are noise
COLOURS = 8  # a mean colour for each of 8 × 8 cells


@dataclass(frozen=True)
class Sighting:
    """What was found in one picture; boxes in pixels of the original picture."""

    scores: Tensor
    classes: Tensor
    boxes: Tensor
    objects: Tensor
    grid: Tensor
    ood_score: float

    @property
    def familiar(self) -> bool:
        """Whether this looks like a picture of the scene world (a photograph does not)."""
        return self.ood_score <= 1


class Backbone:
    """The vision model, and the statistics of its features over the training pictures."""

    def __init__(self, vision: SceneVision, familiar: dict[str, Tensor] | None = None) -> None:
        self.vision = vision.float().eval().to(memory_format=torch.channels_last)
        self.labels: dict[int, str] = vision.config.id2label
        self.familiar = familiar

    @classmethod
    def load(cls, folder: Path) -> Backbone:
        """Load a folder with config.json, model.safetensors and familiar.safetensors."""
        familiar = {name: part.float() for name, part in load_file(folder / FAMILIAR_FILE).items()}
        return cls(SceneVision.from_pretrained(folder, dtype=torch.float32), familiar)

    @torch.inference_mode()
    def look(self, image: Image.Image) -> Sighting:
        """Run the vision model on a picture of any size."""
        side: int = self.vision.config.image_size
        square, scale, left, top = fit_square(image.convert("RGB"), side)
        batch = pixels(square)[None].contiguous(memory_format=torch.channels_last)
        seen = self.vision(batch)
        peaks = find_peaks(seen, PEAKS)
        boxes = peaks["boxes"][0] * STRIDE - torch.tensor([left, top, left, top])
        limits = torch.tensor([*image.size, *image.size], dtype=torch.float32)
        objects, grid = reader_inputs(peaks, batch)
        return Sighting(
            scores=peaks["scores"][0],
            classes=peaks["classes"][0],
            boxes=(boxes / scale).clamp(min=0).minimum(limits),
            objects=objects,
            grid=grid,
            ood_score=self.ood_score(seen.pooled)[0].item() if self.familiar else 0.0,
        )

    def ood_score(self, pooled: Tensor) -> Tensor:
        """Mahalanobis distance from the training pictures' features; above 1 is unfamiliar."""
        assert self.familiar is not None
        centred = pooled.float() - self.familiar["mean"]
        distance = (centred @ self.familiar["whitening"]).square().mean(-1).sqrt()
        return distance / self.familiar["limit"]


def pixels(image: Image.Image) -> Tensor:
    """An RGB picture of the vision model's size → float32 (3, side, side), about -1 to 1; the
    starters are trained on the same."""
    return torch.from_numpy((np.asarray(image, np.float32) - 127) / 128).permute(2, 0, 1)


def fit_square(image: Image.Image, side: int) -> tuple[Image.Image, float, int, int]:
    """Resize into a square; the padding has the median colour of the picture's edge."""
    scale = side / max(image.size)
    shape = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image if shape == image.size else image.resize(shape, Image.Resampling.BILINEAR)
    if shape == (side, side):
        return small, scale, 0, 0
    values = np.asarray(small)
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    square = Image.new("RGB", (side, side), tuple(int(part) for part in np.median(edge, 0)))
    left, top = (side - shape[0]) // 2, (side - shape[1]) // 2
    square.paste(small, (left, top))
    return square, scale, left, top


def reader_inputs(peaks: dict[str, Tensor], batch: Tensor) -> tuple[Tensor, Tensor]:
    """The inputs of the reader: the best peaks, and the colours of 8 × 8 cells in four rows.

    No features of the trunk: with them a reader overfits to its training scenes.
    """
    side = batch.shape[-1] / STRIDE
    left, top, right, bottom = (peaks["boxes"][:, :READER_OBJECTS] / side).unbind(-1)
    places = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
    score, quality = peaks["scores"][:, :READER_OBJECTS, None], peaks["quality"][:, :READER_OBJECTS]
    objects = [torch.stack(places, -1), score, peaks["classes"][:, :READER_OBJECTS] / 4, quality]
    colours = F.adaptive_avg_pool2d(batch.float(), COLOURS)
    colours = F.pixel_unshuffle(colours, COLOURS // GRID).flatten(2)
    return blank_duplicates(torch.cat(objects, -1)), colours.transpose(1, 2)


def blank_duplicates(objects: Tensor) -> Tensor:
    """Set to zero the peaks below MIN_SCORE, and duplicates of a better peak before them."""
    centre, half = objects[..., :2], objects[..., 2:4] / 2
    low, high = centre - half, centre + half
    wide_high = torch.minimum(high[:, :, None], high[:, None]) - torch.maximum(
        low[:, :, None], low[:, None]
    )
    shared = wide_high.clamp(min=0).prod(-1)
    area = (high - low).prod(-1)
    overlap = shared / (area[:, :, None] + area[:, None] - shared).clamp(min=1e-6)
    kind = objects[..., 5:-1].argmax(-1)
    same = kind[:, :, None] == kind[:, None]
    again = (overlap > ANY_KIND) | ((overlap > SAME_KIND) & same)
    repeated = again.tril(-1).any(-1)
    keep = (objects[..., 4] > MIN_SCORE) & ~repeated
    return objects * keep[..., None]
