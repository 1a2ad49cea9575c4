"""Which of transformers' models are converted: families by what they read, heads by capability.

To add a head: a line in HEADS with the class that serves it, in `probes` what it is asked before
it is trusted, and what its class needs of the torch model in `describe`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pipelines.capabilities import Capability
from pipelines.engines.transformers.engine import AUTO_CLASSES

TEXTS = frozenset(
    "albert bert camembert deberta deberta-v2 distilbert electra mpnet modernbert roberta"
    " xlm-roberta".split()
)
PICTURES = frozenset(
    "beit conditional_detr convnext convnextv2 deit detr efficientnet mobilenet_v2 mobilevit"
    " resnet rt_detr rt_detr_v2 swin swinv2 vit yolos".split()
)
SOUNDS = frozenset("audio-spectrogram-transformer hubert wav2vec2 whisper".split())


@dataclass(frozen=True)
class Head:
    """One kind of model.

    `auto_class` is transformers' name for it, and this engine's variant. `architectures` are the
    ends of the names of those that are of this kind. `served` is the class, as module:name, of the
    loaded model; `outputs` are what the graph gives. `exact` means always in float32.
    """

    auto_class: str
    families: frozenset[str]
    architectures: tuple[str, ...]
    served: str
    outputs: tuple[str, ...] = ("logits",)
    exact: bool = False

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """What transformers can do with a model of this Auto class."""
        return tuple(one for one, names in AUTO_CLASSES.items() if self.auto_class in names)

    def fits(self, config: Mapping[str, Any]) -> bool:
        """Whether a model with this config.json is of this kind."""
        named = [str(one) for one in config.get("architectures") or ()]
        right = any(name.endswith(self.architectures) for name in named)
        return right and config.get("model_type") in self.families

    def model_class(self) -> Any:
        """The class of the loaded model; its module is imported now."""
        module, _, name = self.served.partition(":")
        return getattr(import_module(f"pipelines.engines.openvino.{module}"), name)


# The bare encoder of a text family can be loaded, whatever head it was saved with.
ANY_TEXT = (
    *("ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering"),
    *("ForMaskedLM", "ForPreTraining", "ForMultipleChoice", "BertModel", "bertModel"),
    *("ElectraModel", "MPNetModel", "RobertaModel", "DebertaModel", "DebertaV2Model"),
)
HEADS = (
    Head(
        "AutoModelForSequenceClassification",
        TEXTS | {"bart"},
        ("ForSequenceClassification",),
        "classification:SequenceClassifier",
    ),
    Head(
        "AutoModelForMaskedLM",
        TEXTS,
        ("ForMaskedLM", "BertForPreTraining"),
        "token_heads:MaskedLanguageModel",
    ),
    Head(
        "AutoModelForTokenClassification",
        TEXTS,
        ("ForTokenClassification",),
        "token_heads:TokenClassifier",
    ),
    Head(
        "AutoModelForQuestionAnswering",
        TEXTS,
        ("ForQuestionAnswering",),
        "token_heads:QuestionAnswerer",
        ("start_logits", "end_logits"),
        exact=True,  # bf16's rounding chooses another one of two answers that are close
    ),
    Head("AutoModel", TEXTS, ANY_TEXT, "embedding:Encoder", ("last_hidden_state",)),
    Head(
        "AutoModelForImageClassification",
        PICTURES,
        ("ForImageClassification", "ForImageClassificationWithTeacher"),
        "vision:ImageClassifier",
    ),
    Head(
        "AutoModelForObjectDetection",
        PICTURES,
        ("ForObjectDetection",),
        "vision:ObjectDetector",
        ("logits", "pred_boxes"),
    ),
    Head(
        "AutoModelForAudioClassification",
        SOUNDS,
        ("ForSequenceClassification", "ForAudioClassification"),
        "sounds:AudioClassifier",
    ),
    Head("AutoModelForCTC", SOUNDS, ("ForCTC",), "sounds:SpeechRecognizer"),
)
BY_NAME = {head.auto_class: head for head in HEADS}


def fitting(config: Mapping[str, Any], capabilities: Sequence[Capability] = ()) -> list[Head]:
    """The heads of a model with this config, those for the first capabilities first."""
    heads = [head for head in HEADS if head.fits(config)]
    if not capabilities:
        return heads
    return [head for one in capabilities for head in heads if one in head.capabilities]
