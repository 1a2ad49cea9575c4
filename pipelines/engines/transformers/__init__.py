"""transformers on torch: any Hub architecture whose weights are safetensors.

Knows Auto classes and generation, no tasks: the adapter says which heads it can use. Never runs
code from a repository, never unpickles. One idea a file: what may be loaded here, its weights in
`weights`, the loaded model in `model`, its end amid a pass in `stopping`, its tokenizer and
processors in `parts`, streaming in `generation`, chats as tensors in `conversations`, sound in
`hearing` and `speaking`, number format and device in `device`.
"""

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from pipelines.engines.lora import CONFIG, merge
from pipelines.engines.transformers.device import device, dtype
from pipelines.engines.transformers.model import TransformersModel
from pipelines.engines.transformers.parts import missing, needs
from pipelines.engines.transformers.stopping import stop_between_layers
from pipelines.engines.transformers.weights import pretrained
from pipelines.errors import ModelError
from pipelines.settings import Settings

__all__ = ["TransformersModel", "load", "variant"]

# Their configs mean a backbone of timm's when they name none.
TIMM_UNNAMED = {"detr", "conditional_detr", "deformable_detr", "dab_detr", "table-transformer"}

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def load(
    folder: Path, variant: str, settings: Settings, base: Path | None = None
) -> TransformersModel:
    """Load the folder's model as the Auto class `variant`.

    With a `base`, the folder has only adapters and the config; all else is the backbone's.

    Raises:
        ModelError: no safetensors, broken files, or a library is missing.
    """
    torch.set_num_threads(settings.threads)
    if not any((base or folder).glob("*.safetensors")):
        raise ModelError(
            "This model has no weights in safetensors.",
            "Other formats may run code when they are opened; pick another model.",
        )
    try:
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
        wanted = dtype(_config(folder), variant)
        model = pretrained(base or folder, variant, config, wanted)
        if base:
            merge(model, folder)
    except ImportError as error:
        raise missing(error) from error
    except SafetensorError as error:
        raise ModelError(
            "This model's weights are broken.", f"Delete it and fetch it again ({error})."
        ) from error
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        # RuntimeError: weights of other shapes than the config says.
        raise ModelError(
            "This model's files cannot be loaded.", str(error).strip().split("\n")[0]
        ) from error
    stop_between_layers(model)
    return TransformersModel(base or folder, model.to(device()).eval(), variant)


def variant(folder: Path, heads: Sequence[str]) -> str:
    """The first head that makes the architecture the config names.

    Raises:
        ModelError: unknown architecture, another task's, remote code only, or timm is missing.
    """
    config = _config(folder)
    kind = config.get("model_type")
    if kind not in transformers.CONFIG_MAPPING:
        raise _unknown(config)
    config_class = transformers.CONFIG_MAPPING[kind]
    named = set(config.get("architectures") or ())
    for head in heads:
        made = getattr(transformers, head)._model_mapping.get(config_class, None)
        classes = made if isinstance(made, tuple | list) else [made]
        names = {one.__name__ for one in classes if one is not None}
        # The bare encoder of any architecture can be had, whatever head it was saved with.
        if names & named or (names and (head == "AutoModel" or not named)):
            if head == "AutoModel":
                _check_that_it_reads_text(config_class, named or {str(kind)})
            if _has_timm_backbone(config) and not importlib.util.find_spec("timm"):
                raise needs("timm", "one without, such as a YOLOS or an RT-DETR")
            return head
    raise ModelError(
        f"This model is a {', '.join(named) or kind}, made for another task.",
        "Pick a model of this task.",
    )


def _check_that_it_reads_text(config_class: Any, names: set[str]) -> None:
    """The bare encoder is asked for the vectors of tokens, and any architecture has one."""
    other = transformers.FEATURE_EXTRACTOR_MAPPING, transformers.IMAGE_PROCESSOR_MAPPING
    if config_class().is_encoder_decoder or any(config_class in mapping for mapping in other):
        raise ModelError(
            f"This model is a {', '.join(names)}, which does not turn a text alone into vectors.",
            "Pick an encoder of text, such as a BERT or one of sentence-transformers.",
        )


def _has_timm_backbone(config: dict[str, Any]) -> bool:
    """Whether the picture's features come from a model of the library timm."""
    if isinstance(backbone := config.get("backbone_config"), dict):
        return bool(backbone.get("model_type") == "timm_backbone")
    return bool(config.get("use_timm_backbone", config.get("model_type") in TIMM_UNNAMED))


def _unknown(config: dict[str, Any]) -> ModelError:
    """What to say of an architecture that transformers does not know."""
    if config.get("auto_map"):
        return ModelError(
            "This model runs code of its own, which is never run here.",
            "Pick a model whose architecture transformers knows.",
        )
    kind = config.get("model_type")
    if not kind:
        return ModelError(
            "This model's config.json names no architecture (model_type).",
            "It was not made for transformers; pick another model.",
        )
    return ModelError(
        f"transformers {transformers.__version__} does not know the architecture {kind!r}.",
        "It may be newer than this transformers; pick another model.",
    )


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        if (folder / CONFIG).exists():
            raise _adapter_only(folder) from error
        raise ModelError("This model has no readable config.json.", "Pick another one.") from error
    if not isinstance(config, dict):
        raise ModelError("This model has no readable config.json.", "Pick another one.")
    return config


def _adapter_only(folder: Path) -> ModelError:
    """What to say of low-rank adapters without the model that they change."""
    try:
        base = json.loads((folder / CONFIG).read_text("utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError):
        base = None
    return ModelError(
        "This is not a whole model but an adapter (PEFT) for one.",
        f"Pick the model it was made for, {base}, or a merged one."
        if base
        else "Pick the model it was made for, or a merged one.",
    )
