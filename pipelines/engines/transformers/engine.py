"""What is known of transformers' folders without importing transformers or torch: the files to
fetch, whether a folder is whole, its memory; and when the library is to be imported.
"""

import math
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.capabilities import (
    AnswerAboutImage,
    AnswerSpan,
    Capability,
    Caption,
    Chat,
    ChatWithImages,
    Classify,
    ClassifyAudio,
    ClassifyImage,
    Detect,
    Embed,
    Entail,
    FillMask,
    Generate,
    Speak,
    Summarize,
    TagTokens,
    Transcribe,
    Translate,
)
from pipelines.engines.base import Engine, Languages, library_of
from pipelines.engines.transformers.companions import COMPANIONS
from pipelines.engines.transformers.languages import languages
from pipelines.parse_json import parse_json
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.engines.transformers.model import TransformersModel

# Which of transformers' Auto classes give a model a capability.
AUTO_CLASSES: dict[Capability, tuple[str, ...]] = {
    Chat: ("AutoModelForCausalLM",),
    Generate: ("AutoModelForCausalLM",),
    Summarize: ("AutoModelForSeq2SeqLM",),
    Translate: ("AutoModelForSeq2SeqLM",),
    Classify: ("AutoModelForSequenceClassification",),
    Entail: ("AutoModelForSequenceClassification",),
    FillMask: ("AutoModelForMaskedLM",),
    TagTokens: ("AutoModelForTokenClassification",),
    AnswerSpan: ("AutoModelForQuestionAnswering",),
    Embed: ("AutoModel",),
    ClassifyImage: ("AutoModelForImageClassification",),
    Detect: ("AutoModelForObjectDetection",),
    Caption: ("AutoModelForImageTextToText",),
    AnswerAboutImage: ("AutoModelForImageTextToText",),
    ChatWithImages: ("AutoModelForImageTextToText",),
    Transcribe: ("AutoModelForSpeechSeq2Seq", "AutoModelForCTC"),
    ClassifyAudio: ("AutoModelForAudioClassification",),
    Speak: ("AutoModelForTextToWaveform", "AutoModelForTextToSpectrogram"),
}
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
SHARD = re.compile(r"model(\.safetensors)?-\d{5,6}-of-\d{5,6}\.safetensors")
# The files of a tokenizer, or of a processor of images or sound.
PREPROCESSOR = re.compile(
    r"tokenizer\.json|tokenizer_config\.json|vocab\..+|.+\.model|.+\.spm"
    r"|preprocessor_config\.json|processor_config\.json"
)
# What sentence-transformers puts after an encoder: a pooling, dense layers with their weights.
SENTENCE_MODULE = re.compile(r"\d+_\w+/(config\.json|model\.safetensors)")


class Transformers(Engine):
    """config.json with safetensors, in one file or in shards with an index."""

    name = "transformers"
    what = "a transformers model"
    offers = frozenset(AUTO_CLASSES)
    weight_patterns = ("*.safetensors",)
    hub_tags = ("safetensors",)
    fallback = True
    uses_gpu = True
    checks_config = True

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """The one file, or all shards if their index is there."""
        if SINGLE in names:
            return [SINGLE]
        shards = sorted(name for name in names if SHARD.fullmatch(name))
        return shards if INDEX in names else []

    def small_files(self, names: Sequence[str]) -> list[str]:
        """Also what sentence-transformers adds, and of many speakers' voices the first."""
        modules = sorted(name for name in names if SENTENCE_MODULE.fullmatch(name))
        speakers = sorted(
            n for n in names if n.startswith("speaker_embeddings/") and n.endswith(".npy")
        )
        return super().small_files(names) + modules + speakers[:1]

    def is_whole(self, folder: Path) -> bool:
        """Whether config, preprocessor and all shards are there.

        Other programs may have put the weights alone into the Hub's cache.
        """
        names = {file.name for file in folder.iterdir()}
        if any(PREPROCESSOR.fullmatch(name) for name in names):
            return "config.json" in names and _has_all_shards(folder, names)
        # A vocoder and timm's models have no preprocessor.
        config = config_of(folder)
        alone = config.get("model_type") == "hifigan" or "pretrained_cfg" in config
        return alone and _has_all_shards(folder, names)

    def owns(self, folder: Path) -> bool:
        """Every folder that no other engine claims: what is wrong with it is said on loading."""
        return True

    def companions(self, config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """SpeechT5's vocoder."""
        return COMPANIONS.get(str(config.get("model_type")), ())

    def memory_bytes(self, sizes: Mapping[str, int], parameters: int | None) -> int:
        """The weights in float32, in which most models compute."""
        return 4 * parameters if parameters else super().memory_bytes(sizes, parameters)

    def memory_of(self, folder: Path) -> int:
        """The same for a folder: the files' headers tell the number of parameters."""
        counts = [_parameters(file) for file in folder.glob("*.safetensors")]
        known = [count for count in counts if count]
        if known and len(known) == len(counts):
            return self.memory_bytes({}, sum(known))
        return super().memory_of(folder)

    def variant(self, folder: Path, capabilities: Sequence[Capability]) -> str:
        """The Auto class that loads the folder for the first of the capabilities it has.

        Raises:
            ModelError: unknown architecture, another task's, or a library is missing.
        """
        with library_of(self):
            import_transformers()
            from pipelines.engines.transformers.auto_classes import auto_class
        return auto_class(folder, [n for one in capabilities for n in AUTO_CLASSES.get(one, ())])

    def languages(self, folder: Path) -> Languages:
        """The languages that the folder's files name."""
        return languages(folder)

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> "TransformersModel":
        """Load the folder's model as the Auto class `variant`.

        With a `base`, the folder has only adapters and the config; all else is the backbone's.

        Raises:
            ModelError: no safetensors, broken files, or a library is missing.
        """
        with library_of(self):
            import_transformers()
            from pipelines.engines.transformers.loading import load
        return load(folder, variant, settings, base)


def import_transformers() -> None:
    """Import transformers, or wait until another thread has.

    At the end of its import transformers replaces its entry in sys.modules. A thread that imports
    it meanwhile gets the module that stays empty; only when it asks again, the right one.
    """
    import_module("transformers")


def _has_all_shards(folder: Path, names: set[str]) -> bool:
    index = folder / INDEX
    if SINGLE in names or not index.is_file():
        return True
    try:
        return set(parse_json(index.read_text("utf-8"))["weight_map"].values()) <= names
    except (OSError, ValueError, KeyError):
        return False


def _parameters(file: Path) -> int | None:
    """The number of parameters in a safetensors file, by its header."""
    try:
        with file.open("rb") as opened:
            header = parse_json(opened.read(int.from_bytes(opened.read(8), "little")))
        tensors = [value for name, value in header.items() if name != "__metadata__"]
        return sum(int(math.prod(tensor["shape"])) for tensor in tensors)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError):
        return None


def config_of(folder: Path) -> dict[str, Any]:
    """The folder's config.json; empty where it has none that can be read."""
    return _json(folder / "config.json")


def _json(file: Path) -> dict[str, Any]:
    try:
        content = parse_json(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


ENGINE = Transformers()
