"""Turns upstream files into a folder an engine loads, once, after they are verified.

One function a kind of file, named in the catalogue as `prepare`. Weights come in by
torch.load(weights_only=True) and go out as safetensors.
"""

from pathlib import Path
from typing import Any

from pipelines.errors import ModelError

IMAGENET = Path(__file__).parents[2] / "assets" / "imagenet-1k-labels.txt"


def prepare(how: str, folder: Path) -> None:
    """Make `folder` ready for its engine."""
    if how != "efficientnet-lite0":
        raise ModelError(f"The catalogue names an unknown preparation, {how!r}.")
    _efficientnet_lite0(folder)


def _efficientnet_lite0(folder: Path) -> None:
    """TensorFlow's EfficientNet-Lite0 in PyTorch form → transformers' EfficientNet.

    Lite models have no squeeze-and-excitation; transformers' class always has it, so those blocks
    become neutral: weights zero and a bias of 30, whose sigmoid is 1 in float32.
    """
    import torch
    from transformers import (
        EfficientNetConfig,
        EfficientNetForImageClassification,
        EfficientNetImageProcessorPil,
    )

    source = next(folder.glob("*.pth"))
    weights = torch.load(source, weights_only=True, map_location="cpu")
    labels = IMAGENET.read_text("utf-8").splitlines()
    config = EfficientNetConfig(
        width_coefficient=1.0,
        depth_coefficient=1.0,
        hidden_dim=1280,
        image_size=224,
        hidden_act="relu6",
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    model = EfficientNetForImageClassification(config)
    model.load_state_dict(_renamed(weights, model.state_dict()))
    model.save_pretrained(folder)
    EfficientNetImageProcessorPil(
        size={"height": 224, "width": 224},
        rescale_factor=1 / 128,
        rescale_offset=False,
        do_normalize=True,
        image_mean=[127 / 128] * 3,
        image_std=[1.0] * 3,
        include_top=False,
    ).save_pretrained(folder)
    source.unlink()


PARTS = (
    ("_conv_stem.", "efficientnet.embeddings.convolution."),
    ("_bn0.", "efficientnet.embeddings.batchnorm."),
    ("_conv_head.", "efficientnet.encoder.top_conv."),
    ("_bn1.", "efficientnet.encoder.top_bn."),
    ("_fc.", "classifier."),
)
BLOCK_PARTS = (
    ("_expand_conv.", "expansion.expand_conv."),
    ("_bn0.", "expansion.expand_bn."),
    ("_depthwise_conv.", "depthwise_conv.depthwise_conv."),
    ("_bn1.", "depthwise_conv.depthwise_norm."),
    ("_project_conv.", "projection.project_conv."),
    ("_bn2.", "projection.project_bn."),
)


def _renamed(weights: dict[str, Any], neutral: dict[str, Any]) -> dict[str, Any]:
    """The weights under transformers' names, squeeze-and-excitation made neutral."""
    renamed = {
        name: value.new_full(value.shape, 30.0 if name.endswith("expand.bias") else 0.0)
        for name, value in neutral.items()
        if ".squeeze_excite." in name
    }
    for name, value in weights.items():
        if name.startswith("_blocks."):
            _, block, rest = name.split(".", 2)
            old, new = next(pair for pair in BLOCK_PARTS if rest.startswith(pair[0]))
            renamed[f"efficientnet.encoder.blocks.{block}.{new}{rest[len(old) :]}"] = value
        else:
            old, new = next(pair for pair in PARTS if name.startswith(pair[0]))
            renamed[new + name[len(old) :]] = value
    return renamed
