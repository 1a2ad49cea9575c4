"""Low-rank adapters in peft's format, merged into the backbone when the model is loaded.

peft itself would do, but its import takes 1.7 s, longer than loading the model; its format is:
W + lora_alpha / r · B·A for each adapted layer, and whole weights for `modules_to_save`.
"""

from pathlib import Path
from typing import Any

import torch

from pipelines.parse_json import parse_json

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PREFIX = "base_model.model."


def merge(model: Any, folder: Path) -> None:
    """Add the folder's adapters to the model's weights, in place.

    Raises:
        KeyError: the adapters belong to another architecture.
        OSError, ValueError: the files cannot be read.
    """
    from safetensors.torch import load_file

    config = parse_json((folder / CONFIG).read_text("utf-8"))
    scale = config["lora_alpha"] / config["r"]
    saved = {k.removeprefix(PREFIX): v.float() for k, v in load_file(folder / WEIGHTS).items()}
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, value in saved.items():
            if name.endswith(".lora_A.weight"):
                layer = name.removesuffix(".lora_A.weight")
                parameters[f"{layer}.weight"] += scale * saved[f"{layer}.lora_B.weight"] @ value
            elif not name.endswith(".lora_B.weight"):
                parameters[name].copy_(value)
