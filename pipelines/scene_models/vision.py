"""The scene starters' vision model: EfficientNet-Lite0 trunk, feature pyramid, detection heads.

The trunk's batch norms are folded into its convolutions, which makes it a plain
stack of convolutions: smaller, and twice as fast on a CPU. Knows tensors and
boxes in cells; leaves pictures and labels to detector.py.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModelForObjectDetection, PretrainedConfig, PreTrainedModel

# (repeats, kernel, stride, expansion, channels) of each stage of EfficientNet-Lite0.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
TAPS = (2, 4, 6)  # stages whose output the pyramid takes: strides 8, 16 and 32
STRIDE = 8


class SceneVisionConfig(PretrainedConfig):  # type: ignore[misc]  # transformers has no types
    """Sizes of the vision model; labels live in id2label as everywhere."""

    model_type = "scene_vision"

    def __init__(self, image_size: int = 256, width: int = 96, **kwargs: object) -> None:
        self.image_size = image_size
        self.width = width
        super().__init__(**kwargs)


class Seen(NamedTuple):
    """What the heads say of each cell of 8 × 8 pixels."""

    classes: Tensor  # (batch, labels, rows, columns), logits
    boxes: Tensor  # (batch, 4, rows, columns), distances to left, top, right, bottom in cells
    quality: Tensor  # (batch, 1, rows, columns), logit of the box's overlap with the truth
    features: Tensor  # (batch, width, rows, columns)
    pooled: Tensor  # (batch, trunk channels), means over the picture


class Convolution(nn.Module):
    """Convolution, bias and ReLU6, padded as the trunk was trained."""

    def __init__(self, inner: int, outer: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, kernel, stride, kernel // 2, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """Apply."""
        return F.relu6(self.conv(x), inplace=True)


class Block(nn.Module):
    """Inverted residual: widen, look around, narrow."""

    def __init__(self, inner: int, outer: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = inner * expansion
        self.expand = Convolution(inner, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = Convolution(wide, wide, kernel, stride, groups=wide)
        self.project = nn.Conv2d(wide, outer, 1)
        self.residual = stride == 1 and inner == outer

    def forward(self, x: Tensor) -> Tensor:
        """Apply."""
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class Trunk(nn.Module):
    """EfficientNet-Lite0 without its last layers; gives strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, 32, 3, 2)
        inner, stages = 32, []
        for repeats, kernel, stride, expansion, outer in STAGES:
            blocks = []
            for number in range(repeats):
                step = stride if number == 0 else 1
                blocks.append(Block(inner, outer, kernel, step, expansion))
                inner = outer
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the outputs of the tapped stages."""
        x = self.stem(x)
        taps = []
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number in TAPS:
                taps.append(x)
        return taps


def _mix(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.GroupNorm(8, width), nn.ReLU()
    )


class SceneVision(PreTrainedModel):  # type: ignore[misc]  # transformers has no types
    """Picture → classes, boxes and their quality for each cell of 8 × 8 pixels."""

    config_class = SceneVisionConfig
    main_input_name = "pixel_values"

    def __init__(self, config: SceneVisionConfig) -> None:
        super().__init__(config)
        width = config.width
        channels = [STAGES[tap][4] for tap in TAPS]
        self.trunk = Trunk()
        self.lateral = nn.ModuleList(nn.Conv2d(count, width, 1) for count in channels)
        self.merge = nn.ModuleList(_mix(width) for _ in channels[1:])
        self.class_tower = _mix(width)
        self.box_tower = _mix(width)
        self.classes = nn.Conv2d(width, config.num_labels, 1)
        self.boxes = nn.Conv2d(width, 4, 1)
        self.quality = nn.Conv2d(width, 1, 1)
        nn.init.constant_(
            self.classes.get_parameter("bias"), -4.6
        )  # one cell in a hundred holds a centre
        nn.init.constant_(self.boxes.get_parameter("bias"), 1.2)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Leave torch's own starting values as they are."""

    def forward(self, pixel_values: Tensor) -> Seen:
        """pixel_values: (batch, 3, side, side), (value - 127) / 128."""
        taps = self.trunk(pixel_values)
        x = self.lateral[-1](taps[-1])
        for level in (1, 0):
            x = F.interpolate(x, scale_factor=2.0, mode="nearest") + self.lateral[level](
                taps[level]
            )
            x = self.merge[level](x)
        looked, measured = self.class_tower(x), self.box_tower(x)
        return Seen(
            classes=self.classes(looked),
            boxes=F.softplus(self.boxes(measured).float()) * 2,
            quality=self.quality(measured),
            features=looked,
            pooled=torch.cat([tap.float().mean((2, 3)) for tap in taps], 1),
        )


def cell_boxes(distances: Tensor) -> Tensor:
    """Distances (batch, 4, rows, columns) → corners in cells, same shape."""
    rows, columns = distances.shape[-2:]
    x = torch.arange(columns, device=distances.device) + 0.5
    y = torch.arange(rows, device=distances.device)[:, None] + 0.5
    left, top, right, bottom = distances.unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], 1)


def find_peaks(seen: Seen, count: int) -> dict[str, Tensor]:
    """The cells that stand out most: scores, boxes in cells, class logits, features."""
    classes = seen.classes.float()
    best = classes.amax(1, keepdim=True)
    peak = best == F.max_pool2d(best, 3, 1, 1)
    score = (best.sigmoid() * seen.quality.float().sigmoid()).sqrt() * peak
    top, index = score.flatten(1).topk(count)

    def pick(values: Tensor) -> Tensor:
        flat = values.float().flatten(2)
        return flat.gather(2, index[:, None].expand(-1, flat.shape[1], -1)).transpose(1, 2)

    return {
        "scores": top,
        "boxes": pick(cell_boxes(seen.boxes)),
        "classes": pick(classes),
        "quality": pick(seen.quality),
        "features": pick(seen.features),
    }


AutoConfig.register("scene_vision", SceneVisionConfig, exist_ok=True)
AutoModelForObjectDetection.register(SceneVisionConfig, SceneVision, exist_ok=True)
