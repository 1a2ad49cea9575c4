"""Speech recognition, family by family: Whisper, other encoder-decoders (Moonshine), CTC.

Whisper reads 30 seconds at once. Longer speech is decoded window by window, each from the last
timestamp of the one before, as Whisper's authors do and transformers' `generate` does too.
"""

from collections.abc import Iterator
from typing import Any

import torch

from pipelines.capabilities import Segment, Transcribe
from pipelines.engines.transformers.model import TransformersModel
from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.run import count_tokens, note

FRAMES_PER_SECOND = 100
TOKENS_PER_SECOND = 7  # of speech; with a higher limit Moonshine begins to repeat itself


class SpeechRecognizer(TransformersModel, Transcribe):
    """Writes down speech."""

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool
    ) -> Iterator[Segment]:
        """Yield the segments as they are decoded."""
        yield from _transcribe(self, sound, language, task, timestamps)


def _transcribe(
    model: SpeechRecognizer, sound: Sound, language: str | None, task: str, timestamps: bool
) -> Iterator[Segment]:
    wanted = model.feature_extractor.sampling_rate
    if wanted != sound.sampling_rate:
        raise InputError(f"This model listens at {wanted} Hz.", "Pick one for 16,000 Hz.")
    if model.config.model_type == "whisper":
        yield from _whisper(model, sound, _whisper_options(model, language, task), timestamps)
        return
    if timestamps:
        note("This model gives no time stamps.")
    if language or task != "transcribe":
        note("This model writes its own language only.")
    inputs = model.feature_extractor(
        sound.samples, sampling_rate=wanted, return_tensors="pt", return_attention_mask=True
    )
    if model.auto_class == "AutoModelForCTC":
        ids = model.forward(**_extracted(model, inputs)).logits.argmax(-1)
        yield 0.0, sound.seconds, model.tokenizer.batch_decode(ids)[0]
        return
    longest = max(8, int(sound.seconds * TOKENS_PER_SECOND))
    for piece in model.stream_text(model.tokenizer, inputs, max_new_tokens=longest):
        yield 0.0, sound.seconds, piece


def _extracted(model: SpeechRecognizer, inputs: Any) -> dict[str, Any]:
    """What transformers' own pipeline passes on: a mask only where the extractor makes one."""
    wanted = set(model.feature_extractor.model_input_names)
    if not getattr(model.feature_extractor, "return_attention_mask", False):
        wanted.discard("attention_mask")
    return {name: value for name, value in inputs.items() if name in wanted}


def _whisper_options(model: SpeechRecognizer, language: str | None, task: str) -> dict[str, Any]:
    """Language and task as options; an English-only Whisper takes neither."""
    settings = model.model.generation_config
    if not getattr(settings, "is_multilingual", True):
        if task == "translate" or language not in (None, "en"):
            raise InputError("This Whisper knows English only.", "Pick a multilingual one.")
        return {}
    if language and f"<|{language}|>" not in getattr(settings, "lang_to_id", {}):
        raise InputError(f"This Whisper does not know {language}.", "Leave the language empty.")
    return {"language": language, "task": task}


def _whisper(
    model: SpeechRecognizer, sound: Sound, options: dict[str, Any], timestamps: bool
) -> Iterator[Segment]:
    extract = model.feature_extractor
    given = {"sampling_rate": extract.sampling_rate, "return_tensors": "pt"}
    window = extract.nb_max_frames
    if len(sound.samples) <= extract.n_samples and not timestamps:
        inputs = extract(sound.samples, **given, return_attention_mask=True)
        for piece in model.stream_text(model.tokenizer, inputs, **options):
            yield 0.0, sound.seconds, piece
        return
    short = {} if len(sound.samples) <= extract.n_samples else {"truncation": False}
    padding = "longest" if short else "max_length"
    features = extract(sound.samples, **given, **short, padding=padding)
    features = features["input_features"]
    seek = 0
    # The padding holds no speech: a short sound is one window.
    while seek < min(features.shape[-1], sound.seconds * FRAMES_PER_SECOND):
        piece = features[..., seek : seek + window]
        frames = piece.shape[-1]
        padded = torch.nn.functional.pad(piece, (0, window - frames))
        output = model.run_method(
            "generate",
            input_features=padded,
            return_timestamps=True,
            return_segments=True,
            force_unique_generate_call=True,
            **options,
        )
        segments = output["segments"][0]
        for segment in segments:
            count_tokens(len(segment["tokens"]))
            text = model.tokenizer.decode(segment["tokens"], skip_special_tokens=True)
            start, end = (seek / FRAMES_PER_SECOND + float(segment[k]) for k in ("start", "end"))
            yield min(start, sound.seconds), min(end, sound.seconds), text
        seek += _decoded_frames(model, segments, frames)


def _decoded_frames(model: SpeechRecognizer, segments: list[Any], frames: int) -> int:
    """How many frames the segments cover: all, unless the window ended within a sentence."""
    begin = model.model.generation_config.no_timestamps_token_id + 1
    tokens = [token for segment in segments for token in segment["tokens"].tolist()]
    if tokens[-2:] and all(token >= begin for token in tokens[-2:]) and len(tokens) > 1:
        return int(min(max(2 * (tokens[-2] - begin), FRAMES_PER_SECOND), frames))
    return frames
