"""The format and choice of models: transformers' folders of families that answer in one pass."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pipelines.capabilities import Capability
from pipelines.engines.base import Languages, Model
from pipelines.engines.conversion import Converter
from pipelines.engines.converting import ConvertingEngine, made_for_another_task
from pipelines.engines.openvino.heads import BY_NAME, HEADS, fitting
from pipelines.engines.transformers.engine import config_of
from pipelines.settings import Settings

CONVERTER = Converter(
    name="openvino",
    program="pipelines.engines.openvino.convert",
    library="openvino",
    version=2,
    writes=("model.xml", "about.json"),
)


class OpenVino(ConvertingEngine):
    """Folders of known families and heads."""

    name = "openvino"
    what = "a model that answers in one pass"
    single_pass = True
    offers: ClassVar[frozenset[Capability]] = frozenset(
        capability for head in HEADS for capability in head.capabilities
    )
    converter = CONVERTER

    def owns(self, folder: Path) -> bool:
        """Whether the config names a model of a known family and head, its weights unquantized."""
        config = config_of(folder)
        timm = config.get("use_timm_backbone", config.get("model_type") == "detr")
        backbone = config.get("backbone_config")
        if isinstance(backbone, dict):
            timm = backbone.get("model_type") == "timm_backbone"
        return bool(fitting(config)) and "quantization_config" not in config and not timm

    def languages(self, folder: Path) -> Languages:
        """None of these models translates."""
        return Languages()

    def variant(self, folder: Path, capabilities: Sequence[Capability]) -> str:
        """The Auto class that transformers would load it with, for the first of its capabilities.

        Raises:
            ModelError: it has none of them.
        """
        config = config_of(folder)
        if found := fitting(config, capabilities):
            return found[0].auto_class
        raise made_for_another_task(folder, config.get("model_type"))

    def load_converted(self, found: Path, folder: Path, form: str, settings: Settings) -> Model:
        """Load a converted model by its head's class."""
        from pipelines.engines.openvino.model import Converted

        model: Model = BY_NAME[form].model_class()(Converted.read(found), settings)
        return model


ENGINE = OpenVino()
