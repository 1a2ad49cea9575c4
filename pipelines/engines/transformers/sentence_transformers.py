"""From token vectors to one vector a text, as a repository's sentence-transformers files say.

modules.json names what comes after the encoder: a pooling, and dense layers with weights of their
own (LaBSE, EmbeddingGemma). Their weights are safetensors, or they are not read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from pipelines.errors import ModelError
from pipelines.parse_json import parse_json

# Names of poolings: until version 5 pooling_mode_NAME was true, since then one or more are listed.
MODES = {
    "cls_token": "cls",
    "mean_tokens": "mean",
    "max_tokens": "max",
    "lasttoken": "last",
    "weightedmean_tokens": "weightedmean",
    "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
}
IGNORED = ("Transformer", "Normalize", "Dropout")  # the encoder; an option here; for training
Layer = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class SentenceModules:
    """What comes after the encoder; the vectors of several poolings are concatenated."""

    poolings: tuple[str, ...] = ("mean",)
    layers: tuple[Layer, ...] = ()


def sentence_modules(folder: Path) -> SentenceModules:
    """What the files say; mean pooling without them.

    Raises:
        ModelError: a module that is not known here, or whose weights cannot be read.
    """
    try:
        modules = parse_json((folder / "modules.json").read_text("utf-8"))
        named = [(str(one["type"]).rpartition(".")[2], folder / one["path"]) for one in modules]
    except (OSError, ValueError, KeyError, TypeError):
        return SentenceModules()
    poolings: tuple[str, ...] = ("mean",)
    layers = []
    for kind, path in named:
        if kind == "Pooling":
            poolings = _poolings(_config(path))
        elif kind == "Dense":
            layers.append(_dense(path))
        elif kind not in IGNORED:
            raise _unsupported(f"{kind}, a part of sentence-transformers that is not known here.")
    return SentenceModules(poolings, tuple(layers))


def _poolings(config: dict[str, Any]) -> tuple[str, ...]:
    named = config.get("pooling_mode")  # as sentence-transformers writes it since version 5
    if named:
        listed = [named] if isinstance(named, str) else named
        return tuple({"lasttoken": "last"}.get(one, str(one)) for one in listed)
    return tuple(to for name, to in MODES.items() if config.get(f"pooling_mode_{name}")) or (
        "mean",
    )


def _dense(path: Path) -> Layer:
    """A linear layer and its activation."""
    config = _config(path)
    try:
        weights = load_file(path / "model.safetensors")
        matrix, bias = weights["linear.weight"].float(), weights.get("linear.bias")
    except (OSError, KeyError, ValueError) as error:
        raise _unsupported(f"{path.name}, whose weights are not here as safetensors.") from error
    kind = getattr(torch.nn, str(config.get("activation_function")).rpartition(".")[2], None)
    if not isinstance(kind, type) or not issubclass(kind, torch.nn.Module):
        raise _unsupported(f"{path.name}, whose activation is not one of torch.")
    activation = kind()
    bias = bias if bias is None else bias.float()

    def layer(vectors: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            output: torch.Tensor = activation(torch.nn.functional.linear(vectors, matrix, bias))
            return output

    return layer


def _config(path: Path) -> dict[str, Any]:
    try:
        config = parse_json((path / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _unsupported(what: str) -> ModelError:
    return ModelError(
        f"This model makes its vectors with {what}",
        "Choose another pooling than auto, or another model.",
    )
