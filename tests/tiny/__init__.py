"""Tiny models with random weights, one for each family, each made in about a second.

    build("bert-sequence-classification", folder)  # then AutoModel….from_pretrained(folder)

The answers are nonsense, but always the same: the seed is fixed. What is right is everything
else: the files of a transformers folder, shapes, tokenizer, chat template, image processor.
"""

from tests.tiny import (
    audio,
    ctranslate2_files,
    gguf_files,
    more_audio,
    more_multimodal,
    more_text,
    more_vision,
    multimodal,
    onnx_files,
    speech,
    text,
    token_heads,
    video,
    vision,
)
from tests.tiny.registry import TINY, build, families

# Importing a module registers its models; naming it here keeps the import.
_MODULES = (
    text,
    more_text,
    token_heads,
    vision,
    more_vision,
    audio,
    more_audio,
    multimodal,
    more_multimodal,
    video,
    speech,
    gguf_files,
    ctranslate2_files,
    onnx_files,
)

__all__ = ["TINY", "build", "families"]
