"""The format and choice of models: transformers' folders of encoder-decoders of text."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pipelines.capabilities import Capability, Summarize, Translate
from pipelines.engines.base import Model
from pipelines.engines.compute_type import compute_type
from pipelines.engines.conversion import Converter
from pipelines.engines.converting import ConvertingEngine, made_for_another_task
from pipelines.engines.transformers.engine import config_of
from pipelines.settings import Settings

# By model_type the ends of the names of the classes that write text.
FAMILIES = {
    "bart": "BartForConditionalGeneration",
    "m2m_100": "M2M100ForConditionalGeneration",  # NLLB, too
    "marian": "MarianMTModel",
    "mbart": "MBartForConditionalGeneration",
    "mt5": "MT5ForConditionalGeneration",
    "pegasus": "PegasusForConditionalGeneration",
    "t5": "T5ForConditionalGeneration",
}
# A model so small stays in float32, whatever the processor. In int8 the bundled one (14 MB) lost
# 0.2 BLEU greedily and 0.4 with four beams on its held-out set; in float32 it writes as torch.
SMALL_BYTES = 50_000_000
AUTO_CLASS = "AutoModelForSeq2SeqLM"
CONVERTER = Converter(
    name="ctranslate2",
    program="pipelines.engines.ctranslate2.convert",
    library="ctranslate2",
    version=1,
    writes=("model.bin", "about.json"),
)


class CTranslate2(ConvertingEngine):
    """Folders of known families that write text."""

    name = "ctranslate2"
    what = "an encoder-decoder of text"
    offers: ClassVar[frozenset[Capability]] = frozenset({Summarize, Translate})
    converter = CONVERTER

    def owns(self, folder: Path) -> bool:
        """Whether the config names a model of a known family that writes text, unquantized."""
        config = config_of(folder)
        wanted = FAMILIES.get(str(config.get("model_type")))
        return wanted in (config.get("architectures") or ()) and "quantization_config" not in config

    def variant(self, folder: Path, capabilities: Sequence[Capability]) -> str:
        """The Auto class that transformers would load it with.

        Raises:
            ModelError: the model has none of the capabilities.
        """
        if not self.offers & set(capabilities):
            raise made_for_another_task(folder, "encoder-decoder")
        return AUTO_CLASS

    def form(self, folder: Path, variant: str, settings: Settings) -> str:
        """The numbers that the copy has and is computed in."""
        size = self.memory_of(folder)
        return "float32" if size < SMALL_BYTES else compute_type(size, settings)

    def load_converted(self, found: Path, folder: Path, form: str, settings: Settings) -> Model:
        """Load a converted model, with the folder's tokenizer."""
        from pipelines.engines.ctranslate2.model import TextToText

        model: Model = TextToText(found, folder, form, settings)
        return model


ENGINE = CTranslate2()
