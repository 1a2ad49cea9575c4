"""Tiny GGUF models, as llama.cpp reads them: a chat model, and one with the projector for pictures.

The names of keys and tensors are those that llama.cpp's converter writes: of the text model
(architecture llama), and of LLaVA's vision tower with its two-layer projector.
"""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from tests.tiny.registry import tiny
from tests.tiny.tokenizers import chat_bpe

HIDDEN, INNER, LAYERS, HEADS = 32, 64, 2, 2
PICTURE, PATCH = 32, 8
EPSILON = 1e-5


class Weights:
    """Random tensors, the same each time."""

    def __init__(self, writer: gguf.GGUFWriter) -> None:
        self.writer = writer
        self.random = np.random.default_rng(20260101)

    def linear(self, name: str, *shape: int, bias: bool = False) -> None:
        values = self.random.standard_normal(shape) * 0.3
        self.writer.add_tensor(f"{name}.weight", values.astype(np.float32))
        if bias:
            self.writer.add_tensor(f"{name}.bias", np.zeros(shape[0], np.float32))

    def norm(self, name: str, bias: bool = False) -> None:
        self.writer.add_tensor(f"{name}.weight", np.ones(HIDDEN, np.float32))
        if bias:
            self.writer.add_tensor(f"{name}.bias", np.zeros(HIDDEN, np.float32))


def finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tokenizer(writer: gguf.GGUFWriter) -> int:
    """ChatML on GPT-2's bytes; returns how many tokens there are."""
    tokenizer = chat_bpe()
    data: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    numbers = data["model"]["vocab"]
    tokens = sorted(numbers, key=numbers.get)
    special = {token["content"] for token in data["added_tokens"]}
    kinds = gguf.TokenType
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([kinds.CONTROL if t in special else kinds.NORMAL for t in tokens])
    writer.add_token_merges([" ".join(pair) for pair in data["model"]["merges"]])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(tokenizer.chat_template)
    return len(tokens)


def text_model(file: Path) -> None:
    writer = gguf.GGUFWriter(file, "llama")
    words = add_tokenizer(writer)
    writer.add_name("tiny")
    writer.add_vocab_size(words)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    weights = Weights(writer)
    weights.linear("token_embd", words, HIDDEN)
    weights.linear("output", words, HIDDEN)
    weights.norm("output_norm")
    for block in (f"blk.{index}" for index in range(LAYERS)):
        weights.norm(f"{block}.attn_norm")
        weights.norm(f"{block}.ffn_norm")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            weights.linear(f"{block}.{part}", HIDDEN, HIDDEN)
        weights.linear(f"{block}.ffn_gate", INNER, HIDDEN)
        weights.linear(f"{block}.ffn_up", INNER, HIDDEN)
        weights.linear(f"{block}.ffn_down", HIDDEN, INNER)
    finish(writer)


def projector(file: Path) -> None:
    writer = gguf.GGUFWriter(file, "clip")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_bool("clip.use_gelu", True)
    writer.add_string("clip.projector_type", "mlp")
    sizes = {
        "image_size": PICTURE,
        "patch_size": PATCH,
        "embedding_length": HIDDEN,
        "feed_forward_length": INNER,
        "block_count": LAYERS,
        "projection_dim": HIDDEN,
        "attention.head_count": HEADS,
    }
    for name, size in sizes.items():
        writer.add_uint32(f"clip.vision.{name}", size)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", EPSILON)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    weights = Weights(writer)
    weights.linear("v.patch_embd", HIDDEN, 3, PATCH, PATCH)
    writer.add_tensor("v.class_embd", weights.random.standard_normal(HIDDEN).astype(np.float32))
    weights.linear("v.position_embd", (PICTURE // PATCH) ** 2 + 1, HIDDEN)
    for name in ("v.pre_ln", "v.post_ln"):
        weights.norm(name, bias=True)
    for block in (f"v.blk.{index}" for index in range(LAYERS)):
        weights.norm(f"{block}.ln1", bias=True)
        weights.norm(f"{block}.ln2", bias=True)
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            weights.linear(f"{block}.{part}", HIDDEN, HIDDEN, bias=True)
        weights.linear(f"{block}.ffn_up", INNER, HIDDEN, bias=True)
        weights.linear(f"{block}.ffn_down", HIDDEN, INNER, bias=True)
    weights.linear("mm.0", HIDDEN, HIDDEN, bias=True)
    weights.linear("mm.2", HIDDEN, HIDDEN, bias=True)
    finish(writer)


@tiny("gguf", "text-generation", "summarization", "translation")
def gguf_chat(folder: Path) -> None:
    text_model(folder / "tiny-F32.gguf")


@tiny("gguf-mmproj", "text-generation", "image-text-to-text", "image-to-text")
def gguf_with_pictures(folder: Path) -> None:
    """The projector's name comes first in the alphabet, as it often does on the Hub."""
    text_model(folder / "tiny-F32.gguf")
    projector(folder / "mmproj-tiny-F32.gguf")
