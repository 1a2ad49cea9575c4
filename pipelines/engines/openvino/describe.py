"""What about.json says of a model: the facts that its class in this engine needs, taken from the
transformers model while it is converted. Runs in the converting process, beside torch.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pipelines.engines.conversion import Refused
from pipelines.engines.openvino.features import FILTERS
from pipelines.engines.openvino.pictures import KINDS
from pipelines.engines.openvino.texts import ATTRIBUTES, TOKENIZER
from pipelines.errors import ModelError
from pipelines.parse_json import parse_json

About: TypeAlias = dict[str, Any]


def text(reference: Any, inputs: list[str], folder: Path) -> About:
    """The tokenizer's settings; the tokenizer itself is saved beside the graph."""
    tokenizer = reference.tokenizer
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise Refused("its tokenizer has no fast form")
    if unknown := set(inputs) - set(ATTRIBUTES):
        raise Refused(f"it also reads {', '.join(sorted(unknown))}")
    backend.save(str(folder / TOKENIZER))
    fillers = {
        "input_ids": tokenizer.pad_token_id or 0,
        "attention_mask": 0,
        "token_type_ids": tokenizer.pad_token_type_id,
    }
    return {
        "text": {
            "max_length": reference.max_length,
            "padding_side": tokenizer.padding_side,
            "truncation_side": tokenizer.truncation_side,
            "pad": {name: fillers[name] for name in inputs},
        }
    }


def labels(config: Any) -> About:
    """The labels and what their numbers are."""
    alone = config.problem_type == "multi_label_classification" or config.num_labels == 1
    kind = "multi_label_classification" if alone else "single_label_classification"
    return {
        "labels": [config.id2label.get(index, str(index)) for index in range(config.num_labels)],
        "label2id": dict(config.label2id),
        "problem_type": config.problem_type if config.problem_type == "regression" else kind,
    }


def _sequence_classifier(reference: Any, inputs: list[str], folder: Path) -> About:
    return text(reference, inputs, folder) | labels(reference.config)


def _masked_language_model(reference: Any, inputs: list[str], folder: Path) -> About:
    about = text(reference, inputs, folder) | {"caveat": reference.caveat}
    return about | {"mask_token": reference.mask_token}


def _token_classifier(reference: Any, inputs: list[str], folder: Path) -> About:
    about = text(reference, inputs, folder) | labels(reference.config)
    return about | {"caveat": reference.caveat, "marks_capitals": reference.marks_capitals}


def _question_answerer(reference: Any, inputs: list[str], folder: Path) -> About:
    about = text(reference, inputs, folder) | {"caveat": reference.caveat}
    return about | {"cls_token": reference.cls_token}


def _encoder(reference: Any, inputs: list[str], folder: Path) -> About:
    about = text(reference, inputs, folder)
    try:
        modules = reference.sentence_modules
    except ModelError as error:
        return about | {"sentence_refusal": [error.sentence, error.hint], "poolings": ["mean"]}
    if modules.layers:
        raise Refused("its vectors go through dense layers")
    return about | {"poolings": list(modules.poolings)}


PICTURE_SETTINGS = (
    *("do_resize", "size", "resample", "crop_pct", "do_center_crop", "crop_size", "do_rescale"),
    *("rescale_factor", "rescale_offset", "do_normalize", "image_mean", "image_std"),
    *("include_top", "do_flip_channel_order"),
)


def picture(reference: Any) -> About:
    """The image processor's settings."""
    processor = reference.image_processor
    kind = type(processor).__name__.removesuffix("Pil").removesuffix("ImageProcessor")
    if kind not in KINDS:
        raise Refused(f"its image processor, {type(processor).__name__}, is not known")
    saved = processor.to_dict()
    settings = {name: saved.get(name, getattr(processor, name, None)) for name in PICTURE_SETTINGS}
    sizes = {n: dict(settings[n]) for n in ("size", "crop_size") if settings[n] is not None}
    if settings["do_resize"] and not {"shortest_edge", "height"} & set(sizes["size"]):
        raise Refused("its pictures are resized in a way that is not known")
    if getattr(processor, "pad_size", None):
        raise Refused("its pictures are padded")
    return {"picture": parse_json(json.dumps(settings | sizes | {"kind": kind}))}


def _image_classifier(reference: Any, inputs: list[str], folder: Path) -> About:
    return picture(reference) | labels(reference.config)


# How post_process_object_detection of each kind of processor counts, see `vision.best`.
DETECTIONS = {
    "Detr": {"scores": "softmax"},
    "Yolos": {"scores": "softmax"},
    "ConditionalDetr": {"scores": "sigmoid", "top_k": 100},
    "DeformableDetr": {"scores": "sigmoid", "top_k": 100},
    "RTDetr": {"scores": "sigmoid", "top_k": 0},
}


def _object_detector(reference: Any, inputs: list[str], folder: Path) -> About:
    about = picture(reference)
    kind = about["picture"]["kind"]
    if kind not in DETECTIONS:
        raise Refused(f"how {kind} counts detections is not known")
    named = reference.config.id2label
    names = [named.get(index, str(index)) for index in range(max(named) + 1)]
    return about | {"labels": names, "detections": DETECTIONS[kind]}


def sound(reference: Any, folder: Path) -> About:
    """The feature extractor's settings; its filters are saved beside the graph."""
    extractor = reference.feature_extractor
    about: About = {"sampling_rate": extractor.sampling_rate}
    match type(extractor).__name__:
        case "Wav2Vec2FeatureExtractor":
            about |= {"kind": "raw", "do_normalize": extractor.do_normalize}
        case "WhisperFeatureExtractor" if not extractor.dither:
            names = ("n_fft", "hop_length", "n_samples")
            about |= {"kind": "whisper"} | {name: getattr(extractor, name) for name in names}
            window = np.hanning(extractor.n_fft + 1)[:-1]  # periodic, as torch's
            np.savez(folder / FILTERS, mel_filters=extractor.mel_filters, window=window)
        case "ASTFeatureExtractor" if hasattr(extractor, "mel_filters"):
            kaldi = ("max_length", "do_normalize", "mean", "std")
            about |= {"kind": "kaldi"} | {name: getattr(extractor, name) for name in kaldi}
            filters = {"mel_filters": extractor.mel_filters, "window": extractor.window}
            np.savez(folder / FILTERS, **filters)
        case unknown:
            raise Refused(f"its feature extractor, {unknown}, is not known")
    return {"sound": about}


def _audio_classifier(reference: Any, inputs: list[str], folder: Path) -> About:
    return sound(reference, folder) | labels(reference.config)


def _speech_recognizer(reference: Any, inputs: list[str], folder: Path) -> About:
    tokenizer = reference.tokenizer
    if type(tokenizer).__name__ != "Wav2Vec2CTCTokenizer":
        raise Refused(f"its tokenizer, {type(tokenizer).__name__}, is not known")
    if tokenizer.clean_up_tokenization_spaces or tokenizer.replace_word_delimiter_char != " ":
        raise Refused("its text is cleaned up in a way that is not known")
    ids = range(reference.config.vocab_size)
    return sound(reference, folder) | {
        "letters": {
            "tokens": [tokenizer.convert_ids_to_tokens(one) for one in ids],
            "blank": tokenizer.pad_token,
            "space": tokenizer.word_delimiter_token,
            "lower": tokenizer.do_lower_case,
        }
    }


DESCRIBE: dict[str, Callable[[Any, list[str], Path], About]] = {
    "AutoModelForSequenceClassification": _sequence_classifier,
    "AutoModelForMaskedLM": _masked_language_model,
    "AutoModelForTokenClassification": _token_classifier,
    "AutoModelForQuestionAnswering": _question_answerer,
    "AutoModel": _encoder,
    "AutoModelForImageClassification": _image_classifier,
    "AutoModelForObjectDetection": _object_detector,
    "AutoModelForAudioClassification": _audio_classifier,
    "AutoModelForCTC": _speech_recognizer,
}
