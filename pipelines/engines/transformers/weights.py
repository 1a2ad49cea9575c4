"""Loading weights; those saved in another dtype than the model computes in, tensor by tensor.

transformers maps weight files into memory. Tensors that keep their dtype stay mapped and are held
once; of converted ones the mapped pages stay resident until the load has ended: the peak of a BERT
saved in bfloat16 was 1.53 times its float32 weights. Read tensor by tensor it is 1.17 times.
"""

from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import safe_open

from pipelines.parse_json import parse_json

NAMES = {torch.float32: "F32", torch.bfloat16: "BF16"}
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"


def pretrained(folder: Path, auto_class: str, config: Any, dtype: torch.dtype) -> Any:
    """The folder's model, made by an Auto class, computing in `dtype`.

    Raises:
        What transformers and safetensors raise.
    """
    auto = getattr(transformers, auto_class)
    local = {"local_files_only": True, "trust_remote_code": False}
    tensors = None if hasattr(config, "quantization_config") else _to_convert(folder, dtype)
    if tensors is None:
        model = auto.from_pretrained(
            folder, config=config, dtype=dtype, use_safetensors=True, **local
        )
    else:
        model = _model_class(auto, config).from_pretrained(
            None, config=config, dtype=dtype, state_dict=tensors
        )
        if model.can_generate():
            model.generation_config = _generation(folder)
    return model


def _to_convert(folder: Path, dtype: torch.dtype) -> dict[str, Any] | None:
    """The folder's tensors, each read when it is used; None if they have this dtype already."""
    tensors = {}
    for file in _files(folder):
        opened: Any = safe_open(file, framework="pt", backend="pread")
        tensors.update({name: opened.get_slice(name) for name in opened.offset_keys()})
    saved = {tensor.get_dtype() for tensor in tensors.values()}
    return tensors if any("F" in one for one in saved - {NAMES[dtype]}) else None


def _files(folder: Path) -> list[Path]:
    """The weight files that transformers would read."""
    if (folder / INDEX).exists() and not (folder / SINGLE).exists():
        named = parse_json((folder / INDEX).read_text("utf-8"))["weight_map"]
        return [folder / name for name in sorted(set(named.values()))]
    return [folder / SINGLE] if (folder / SINGLE).exists() else []


def _model_class(auto: Any, config: Any) -> Any:
    """The class of model that an Auto class makes for this config."""
    classes = auto._model_mapping[type(config)]
    if not isinstance(classes, tuple | list):
        return classes
    named = config.architectures or ()
    return next((one for one in classes if one.__name__ in named), classes[0])


def _generation(folder: Path) -> Any:
    """The generation config, which older repositories keep in their config.json."""
    named = "generation_config.json"
    name = named if (folder / named).exists() else "config.json"
    return transformers.GenerationConfig.from_pretrained(
        folder, config_file_name=name, local_files_only=True
    )
