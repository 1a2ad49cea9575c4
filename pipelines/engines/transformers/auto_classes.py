"""Which of transformers' Auto classes loads a folder, and which models are refused."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import transformers

from pipelines.engines.base import another_task
from pipelines.engines.transformers.lora import CONFIG
from pipelines.engines.transformers.parts import needs
from pipelines.errors import ModelError
from pipelines.parse_json import parse_json

# Their configs mean a backbone of timm's when they name none.
TIMM_UNNAMED = {"detr", "conditional_detr", "deformable_detr", "dab_detr", "table-transformer"}


def auto_class(folder: Path, names: Sequence[str]) -> str:
    """The first of the named Auto classes that makes the architecture the config names.

    Raises:
        ModelError: unknown architecture, another task's, remote code only, or timm is missing.
    """
    config = read_config(folder)
    kind = config.get("model_type")
    if kind not in transformers.CONFIG_MAPPING:
        raise _unknown(config)
    config_class = transformers.CONFIG_MAPPING[kind]
    named = set(config.get("architectures") or ())
    for name in names:
        made = getattr(transformers, name)._model_mapping.get(config_class, None)
        classes = made if isinstance(made, tuple | list) else [made]
        makes = {one.__name__ for one in classes if one is not None}
        # The bare encoder of any architecture can be loaded, whatever head it was saved with.
        if makes & named or (makes and (name == "AutoModel" or not named)):
            if name == "AutoModel":
                _check_that_it_reads_text(config_class, named or {str(kind)})
            if _has_timm_backbone(config) and not importlib.util.find_spec("timm"):
                raise needs("timm", "one without, such as a YOLOS or an RT-DETR")
            return name
    raise another_task(f"This model is a {', '.join(named) or kind}")


def read_config(folder: Path) -> dict[str, Any]:
    """The folder's config.json.

    Raises:
        ModelError: there is none that can be read.
    """
    try:
        config = parse_json((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        if (folder / CONFIG).exists():
            raise _adapter_only(folder) from error
        raise ModelError("This model has no readable config.json.", "Pick another one.") from error
    if not isinstance(config, dict):
        raise ModelError("This model has no readable config.json.", "Pick another one.")
    return config


def _check_that_it_reads_text(config_class: Any, names: set[str]) -> None:
    """The bare encoder is asked for token vectors, and any architecture has one."""
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


def _adapter_only(folder: Path) -> ModelError:
    """What to say of low-rank adapters without the model that they change."""
    try:
        base = parse_json((folder / CONFIG).read_text("utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError):
        base = None
    return ModelError(
        "This is not a whole model but an adapter (PEFT) for one.",
        f"Pick the model it was made for, {base}, or a merged one."
        if base
        else "Pick the model it was made for, or a merged one.",
    )
