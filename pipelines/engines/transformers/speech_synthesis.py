"""Speech synthesis, family by family: VITS and MMS, SpeechT5 with its vocoder, Bark.

What they need besides their weights is looked for in the model's folder: SpeechT5's vocoder in
`vocoder/` (else in the Hub's cache, where the store puts it), a speaker's voice as the first .npy
file in `speaker_embeddings/`.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from pipelines.capabilities import Speak
from pipelines.engines.transformers.companions import VOCODER, VOCODER_REVISION
from pipelines.engines.transformers.model import TransformersModel
from pipelines.engines.transformers.parts import missing
from pipelines.engines.voices import chosen
from pipelines.errors import InputError, ModelError
from pipelines.languages import code_of
from pipelines.run import note
from pipelines.sentences import clauses

DEFAULT_RATE = 16_000  # SpeechT5's vocoder
# Characters spoken at once. SpeechT5 reads 600 tokens, Bark speaks 14 s and leaves away the rest,
# and VITS' attention needs 13 GB for a text of 20,000 characters.
LONGEST = 200


class Synthesizer(TransformersModel, Speak):
    """Synthesizes speech."""

    def __init__(self, folder: Path, model: Any, auto_class: str) -> None:
        super().__init__(folder, model, auto_class)
        # Loaded and closed with the model, so that the memory budget counts it.
        speecht5 = self.config.model_type == "speecht5"
        self.vocoder = _vocoder(folder, str(model.device)) if speecht5 else None

    @cached_property
    def sampling_rate(self) -> int:
        """Samples a second."""
        return _sampling_rate(self)

    def language_of(self, voice: str | None) -> str:
        """Its tokenizer's, as MMS' "eng"; SpeechT5 reads English, Bark a dozen languages.

        Raises:
            InputError: a voice is named, and there is one only.
        """
        chosen(voice, ())
        return self._language

    @cached_property
    def _language(self) -> str:
        if self.config.model_type == "speecht5":
            return "en"
        return code_of(getattr(self.tokenizer, "language", None) or "") or ""

    def speak(
        self, text: str, length_scale: float, voice: str | None = None
    ) -> Iterator[NDArray[np.int16]]:
        """Yield int16 samples, shape (samples,), a piece of the text at a time."""
        synthesize = {"speecht5": _speecht5, "bark": _bark}.get(self.config.model_type, _vits)
        for piece in clauses(text, lambda piece: len(piece) <= LONGEST):
            samples = synthesize(self, piece, length_scale).float().cpu().numpy().reshape(-1)
            yield (samples.clip(-1, 1) * 32767).astype("int16")

    def close(self) -> None:
        """Free the memory."""
        super().close()
        self.vocoder = None


def _sampling_rate(model: Synthesizer) -> int:
    for config in (
        model.config,
        model.model.generation_config if model.model.can_generate() else None,
    ):
        for name in ("sampling_rate", "sample_rate"):
            if rate := getattr(config, name, None):
                return int(rate)
    codec = getattr(model.config, "codec_config", None)
    return int(getattr(codec, "sampling_rate", DEFAULT_RATE))


def _tokens(model: Synthesizer, text: str, **options: Any) -> Any:
    try:
        inputs = model.tokenizer(text, return_tensors="pt", **options)
    except ImportError as error:  # phonemizer is imported when a text is tokenized, not before
        raise missing(error) from error
    if not inputs["input_ids"].numel():
        raise InputError(
            "There is nothing in this text that the voice can speak.", "Write letters."
        )
    return inputs


def _vits(model: Synthesizer, text: str, length_scale: float) -> Any:
    inputs = _tokens(model, text)
    if hasattr(model.model, "speaking_rate"):
        model.model.speaking_rate = model.config.speaking_rate / length_scale
    return model.forward(**inputs).waveform[0]


def _speecht5(model: Synthesizer, text: str, length_scale: float) -> Any:
    _one_speed(length_scale)
    inputs = _tokens(model, text)
    speaker = _speaker(model.folder, model.config.speaker_embedding_dim)
    return model.run_method(
        "generate_speech",
        input_ids=inputs["input_ids"],
        speaker_embeddings=speaker,
        vocoder=model.vocoder,
    )


def _bark(model: Synthesizer, text: str, length_scale: float) -> Any:
    _one_speed(length_scale)
    longest = getattr(model.model.generation_config, "semantic_config", {})
    longest = longest.get("max_input_semantic_length", 256) if isinstance(longest, dict) else 256
    inputs = _tokens(
        model,
        text,
        padding="max_length",
        truncation=True,
        max_length=longest,
        add_special_tokens=False,
        return_attention_mask=True,
        return_token_type_ids=False,
    )
    return model.run_method("generate", **inputs)[0]


def _one_speed(length_scale: float) -> None:
    if length_scale != 1:
        note("This model has one speed only.")


def _speaker(folder: Path, size: int) -> Any:
    voice = next(iter(sorted((folder / "speaker_embeddings").glob("*.npy"))), None)
    if voice is None:
        note("The repository has no speaker's voice; a neutral one speaks.")
        return torch.full((1, size), size**-0.5)
    return torch.from_numpy(np.load(voice, allow_pickle=False)).float().reshape(1, size)


def _vocoder(folder: Path, device: str) -> Any:
    own = folder / "vocoder"
    try:
        return transformers.SpeechT5HifiGan.from_pretrained(
            own if own.is_dir() else VOCODER,
            revision=VOCODER_REVISION,
            local_files_only=True,
            use_safetensors=True,
        ).to(device)
    except (OSError, ValueError) as error:
        raise ModelError(
            "SpeechT5 speaks through a vocoder, and there is none here.",
            f"Put one with safetensors into the model's vocoder/ folder, such as {VOCODER}.",
        ) from error
