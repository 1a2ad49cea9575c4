"""What the scene starters find familiar: how features of scenes are spread.

A photograph's features lie far outside; the distance is the cheap test for the page's
note that this starter only knows the scene world.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from pipelines.scene_models.backbone import FAMILIAR_FILE, Backbone, pixels
from pipelines.scene_models.vision import SceneVision
from pipelines.scenes import make_scene
from starters.scene_targets import READER_SEEDS, WATCH_SEEDS

SHARE_WITHIN = 0.995  # of fresh scenes


@torch.inference_mode()
def _pooled(vision: SceneVision, seeds: range) -> Tensor:
    pictures = (pixels(make_scene(seed).image)[None] for seed in seeds)
    with torch.autocast("cpu", torch.bfloat16):
        return torch.cat([vision(picture).pooled for picture in pictures]).float()


def learn_familiar(vision: SceneVision, out: Path) -> None:
    """Measure the spread on 2,000 scenes, the limit on 600 others, and write both."""
    pooled = _pooled(vision, READER_SEEDS[-2000:])
    mean = pooled.mean(0)
    spread = torch.cov(pooled.T)
    size = len(spread)
    spread = spread + 0.02 * spread.trace() / size * torch.eye(size)
    whitening = torch.linalg.cholesky(torch.linalg.inv(spread))
    familiar = {"mean": mean, "whitening": whitening.contiguous(), "limit": torch.tensor(1.0)}
    distances = Backbone(vision, familiar).ood_score(_pooled(vision, WATCH_SEEDS[-600:]))
    familiar["limit"] = 1.1 * distances.quantile(SHARE_WITHIN)
    save_file(familiar, out / FAMILIAR_FILE)
