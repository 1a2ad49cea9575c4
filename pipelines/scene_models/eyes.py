"""A picture of any size as the scene models see it: things found, a coarse grid, how strange.

Every bundled scene starter has its own eyes (the detector's weights) and can stand alone.
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

from pipelines.scene_models.detector import ANY_KIND, SAME_KIND
from pipelines.scene_models.vision import STRIDE, SceneVision, find_peaks

FAMILIAR_FILE = "familiar.safetensors"
PEAKS = 24  # candidates for boxes
TOLD = 10  # of them are told to the reader
GRID = 2
FAINT = 0.15  # peaks that score less are noise
COLOURS = 8  # a mean colour for each of 8 × 8 cells


@dataclass(frozen=True)
class Glance:
    """What one look at a picture gave; boxes in pixels of the picture that came in."""

    scores: Tensor
    classes: Tensor
    boxes: Tensor
    objects: Tensor
    grid: Tensor
    strangeness: float


class Eyes:
    """The vision model and what it finds familiar."""

    def __init__(self, vision: SceneVision, familiar: dict[str, Tensor] | None = None) -> None:
        self.vision = vision.float().eval().to(memory_format=torch.channels_last)
        self.labels: dict[int, str] = vision.config.id2label
        self.familiar = familiar

    @classmethod
    def load(cls, folder: Path) -> Eyes:
        """Load a folder with config.json, model.safetensors and familiar.safetensors."""
        familiar = {name: part.float() for name, part in load_file(folder / FAMILIAR_FILE).items()}
        return cls(SceneVision.from_pretrained(folder, dtype=torch.float32), familiar)

    @torch.inference_mode()
    def look(self, image: Image.Image) -> Glance:
        """Look once."""
        side: int = self.vision.config.image_size
        square, scale, left, top = fit_square(image.convert("RGB"), side)
        values = torch.from_numpy(np.asarray(square, np.float32)).permute(2, 0, 1)[None]
        pixels = ((values - 127) / 128).contiguous(memory_format=torch.channels_last)
        seen = self.vision(pixels)
        peaks = find_peaks(seen, PEAKS)
        boxes = peaks["boxes"][0] * STRIDE - torch.tensor([left, top, left, top])
        limits = torch.tensor([*image.size, *image.size], dtype=torch.float32)
        objects, grid = reader_inputs(peaks, pixels)
        return Glance(
            scores=peaks["scores"][0],
            classes=peaks["classes"][0],
            boxes=(boxes / scale).clamp(min=0).minimum(limits),
            objects=objects,
            grid=grid,
            strangeness=self.strangeness(seen.pooled)[0].item() if self.familiar else 0.0,
        )

    def strangeness(self, pooled: Tensor) -> Tensor:
        """Distance from the pictures trained on; 1 is the bundled limit of what is familiar."""
        assert self.familiar is not None
        centred = pooled.float() - self.familiar["mean"]
        distance = (centred @ self.familiar["whitening"]).square().mean(-1).sqrt()
        return distance / self.familiar["limit"]


def fit_square(image: Image.Image, side: int) -> tuple[Image.Image, float, int, int]:
    """Shrink or enlarge into a square, the rest in the colour of the picture's edge."""
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


def reader_inputs(peaks: dict[str, Tensor], pixels: Tensor) -> tuple[Tensor, Tensor]:
    """What the reader is told: the best peaks, and the colours of 8 × 8 cells in four rows.

    No features of the trunk: with them a reader learns its training scenes by heart.
    """
    side = pixels.shape[-1] / STRIDE
    left, top, right, bottom = (peaks["boxes"][:, :TOLD] / side).unbind(-1)
    places = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
    score, quality = peaks["scores"][:, :TOLD, None], peaks["quality"][:, :TOLD]
    objects = [torch.stack(places, -1), score, peaks["classes"][:, :TOLD] / 4, quality]
    colours = F.adaptive_avg_pool2d(pixels.float(), COLOURS)
    colours = F.pixel_unshuffle(colours, COLOURS // GRID).flatten(2)
    return thin_out(torch.cat(objects, -1)), colours.transpose(1, 2)


def thin_out(objects: Tensor) -> Tensor:
    """Blank the peaks that are faint, or the same thing as a better peak before them."""
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
    keep = (objects[..., 4] > FAINT) & ~repeated
    return objects * keep[..., None]
