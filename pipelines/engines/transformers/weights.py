"""Loading weights; those kept in another number format than the model computes in, piece by piece.

transformers maps weight files into memory. What is used as it was saved stays there and costs
nothing twice; what is converted leaves each page it came from behind until the load has ended: a
BERT saved in bfloat16 took 1.53 times its float32 weights. Read piece by piece it takes 1.17 times.
"""

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import safe_open

NAMES = {torch.float32: "F32", torch.bfloat16: "BF16"}
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"


def pretrained(folder: Path, head: str, config: Any, dtype: torch.dtype) -> Any:
    """The folder's model, made by the Auto class `head`, computing in `dtype`.

    Raises:
        What transformers and safetensors raise.
    """
    auto = getattr(transformers, head)
    local = {"local_files_only": True, "trust_remote_code": False}
    pieces = None if hasattr(config, "quantization_config") else _to_convert(folder, dtype)
    if pieces is None:
        model = auto.from_pretrained(
            folder, config=config, dtype=dtype, use_safetensors=True, **local
        )
    else:
        model = _made(auto, config).from_pretrained(
            None, config=config, dtype=dtype, state_dict=pieces
        )
        if model.can_generate():
            model.generation_config = _generation(folder)
    return model


def _to_convert(folder: Path, dtype: torch.dtype) -> dict[str, Any] | None:
    """The folder's weights, each read when it is asked for; None when `dtype` is their own."""
    pieces = {}
    for file in _files(folder):
        opened: Any = safe_open(file, framework="pt", backend="pread")
        pieces.update({name: opened.get_slice(name) for name in opened.offset_keys()})
    saved = {piece.get_dtype() for piece in pieces.values()}
    return pieces if any("F" in one for one in saved - {NAMES[dtype]}) else None


def _files(folder: Path) -> list[Path]:
    """Those that transformers would read."""
    if (folder / INDEX).exists() and not (folder / SINGLE).exists():
        named = json.loads((folder / INDEX).read_text("utf-8"))["weight_map"]
        return [folder / name for name in sorted(set(named.values()))]
    return [folder / SINGLE] if (folder / SINGLE).exists() else []


def _made(auto: Any, config: Any) -> Any:
    """The class of model that an Auto class makes for this config."""
    made = auto._model_mapping[type(config)]
    if not isinstance(made, tuple | list):
        return made
    named = config.architectures or ()
    return next((one for one in made if one.__name__ in named), made[0])


def _generation(folder: Path) -> Any:
    """How the model generates, which older repositories say in their config.json."""
    named = "generation_config.json"
    name = named if (folder / named).exists() else "config.json"
    return transformers.GenerationConfig.from_pretrained(
        folder, config_file_name=name, local_files_only=True
    )
