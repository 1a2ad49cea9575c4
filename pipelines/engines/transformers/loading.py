"""Loading a folder as the class of model that has the capabilities asked for."""

from pathlib import Path

import torch
import transformers
from safetensors import SafetensorError

from pipelines.engines.transformers.audio_classification import AudioClassifier
from pipelines.engines.transformers.auto_classes import read_config
from pipelines.engines.transformers.causal import causal_model
from pipelines.engines.transformers.classification import SequenceClassifier
from pipelines.engines.transformers.device import device, dtype
from pipelines.engines.transformers.embedding import Encoder
from pipelines.engines.transformers.lora import merge
from pipelines.engines.transformers.model import MakeModel, TransformersModel
from pipelines.engines.transformers.parts import missing
from pipelines.engines.transformers.speech_recognition import SpeechRecognizer
from pipelines.engines.transformers.speech_synthesis import Synthesizer
from pipelines.engines.transformers.stopping import stop_between_layers
from pipelines.engines.transformers.text_to_text import TextToText
from pipelines.engines.transformers.token_heads import (
    MaskedLanguageModel,
    QuestionAnswerer,
    TokenClassifier,
)
from pipelines.engines.transformers.vision import ImageClassifier, ObjectDetector
from pipelines.engines.transformers.vision_language import vision_language_model
from pipelines.engines.transformers.weights import pretrained
from pipelines.errors import ModelError
from pipelines.settings import Settings

MODELS: dict[str, MakeModel] = {
    "AutoModelForCausalLM": causal_model,
    "AutoModelForSeq2SeqLM": TextToText,
    "AutoModelForSequenceClassification": SequenceClassifier,
    "AutoModelForMaskedLM": MaskedLanguageModel,
    "AutoModelForTokenClassification": TokenClassifier,
    "AutoModelForQuestionAnswering": QuestionAnswerer,
    "AutoModel": Encoder,
    "AutoModelForImageClassification": ImageClassifier,
    "AutoModelForObjectDetection": ObjectDetector,
    "AutoModelForImageTextToText": vision_language_model,
    "AutoModelForSpeechSeq2Seq": SpeechRecognizer,
    "AutoModelForCTC": SpeechRecognizer,
    "AutoModelForAudioClassification": AudioClassifier,
    "AutoModelForTextToWaveform": Synthesizer,
    "AutoModelForTextToSpectrogram": Synthesizer,
}

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def load(
    folder: Path, auto_class: str, settings: Settings, base: Path | None = None
) -> TransformersModel:
    """Load the folder's weights with an Auto class, and give the model its capabilities.

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
        wanted = dtype(read_config(folder), auto_class)
        model = pretrained(base or folder, auto_class, config, wanted)
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
    return MODELS[auto_class](base or folder, model.to(device()).eval(), auto_class)
