"""Tiny models in Marian's format, made to order: two layers of width 8, random weights.

write(folder, "enfr")                              # a whole model with its vocabulary
write(folder, "enfr", tensors={"Wemb": None})      # without that tensor
"""

import io
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import yaml
from numpy.typing import NDArray

INT8, FLOAT32, INTGEMM8 = 0x101, 0x404, 0x4101
WIDTH, INNER, HEADS = 8, 16, 2
TEXTS = [
    "the lion sleeps under an old tree",
    "a dog runs on the beach",
    "le lion dort",
    "Xx1234567890,.",
]
CONFIG = {
    "type": "transformer",
    "transformer-decoder-autoreg": "rnn",
    "dec-cell": "ssru",
    "transformer-preprocess": "",
    "transformer-postprocess": "dan",
    "transformer-postprocess-top": "",
    "transformer-ffn-activation": "relu",
    "transformer-train-position-embeddings": False,
    "tied-embeddings-all": True,
    "transformer-heads": HEADS,
    "enc-depth": 2,
    "dec-depth": 1,
}
Tensor = tuple[int, tuple[int, ...], bytes]


def quantized(matrix: NDArray[np.float32], scale: float = 100.0) -> bytes:
    """int8 weights and their scale, as intgemm has them."""
    return np.round(matrix * scale).astype(np.int8).tobytes() + struct.pack("<f", scale)


def tensors(words: int, config: Mapping[str, Any] = CONFIG) -> dict[str, Tensor]:
    """All tensors of a network."""
    random = np.random.default_rng(7)
    text = yaml.safe_dump(dict(config)).encode() + b"\0"
    # First, so that a file that is cut off loses weights; Mozilla's files have it last.
    made: dict[str, Tensor] = {"special:model.yml": (INT8, (len(text),), text)}

    def matrix(name: str, rows: int, columns: int) -> None:
        values = random.normal(0, 0.4, (columns, rows)).clip(-1.2, 1.2).astype(np.float32)
        made[name] = (INTGEMM8, (rows, columns), quantized(values))

    def vector(name: str, size: int, value: float = 0.0) -> None:
        values = (random.normal(value, 0.1, size)).astype(np.float32)
        made[name] = (FLOAT32, (1, size), values.tobytes())

    def norm(name: str) -> None:
        vector(f"{name}_ln_scale", WIDTH, 1.0)
        vector(f"{name}_ln_bias", WIDTH)

    def attention(name: str) -> None:
        for one in "qkvo":
            matrix(f"{name}_W{one}", WIDTH, WIDTH)
            vector(f"{name}_b{one}", WIDTH)
        norm(f"{name}_Wo")

    def ffn(name: str) -> None:
        matrix(f"{name}_W1", WIDTH, INNER)
        vector(f"{name}_b1", INNER)
        matrix(f"{name}_W2", INNER, WIDTH)
        vector(f"{name}_b2", WIDTH)
        norm(f"{name}_ffn")

    matrix("Wemb", words, WIDTH)
    vector("decoder_ff_logit_out_b", words)
    for layer in ("encoder_l1", "encoder_l2"):
        attention(f"{layer}_self")
        ffn(f"{layer}_ffn")
    matrix("decoder_l1_rnn_W", WIDTH, WIDTH)
    matrix("decoder_l1_rnn_Wf", WIDTH, WIDTH)
    vector("decoder_l1_rnn_bf", WIDTH)
    norm("decoder_l1_rnn_ffn")
    attention("decoder_l1_context")
    ffn("decoder_l1_ffn")
    return made


def packed(found: Mapping[str, Tensor], version: int = 1, padding: int = 24) -> bytes:
    """The file's bytes."""
    names = [name.encode() + b"\0" for name in found]
    heads = [
        struct.pack("<4Q", len(name), kind, len(shape), len(data))
        for name, (kind, shape, data) in zip(names, found.values(), strict=True)
    ]
    shapes = [struct.pack(f"<{len(shape)}i", *shape) for _, shape, _ in found.values()]
    head = struct.pack("<2Q", version, len(found)) + b"".join([*heads, *names, *shapes])
    return (
        head + struct.pack("<Q", padding) + bytes(padding) + b"".join(d for *_, d in found.values())
    )


def vocabulary() -> bytes:
    """A SentencePiece model with Marian's ids: 0 the end, 1 unknown."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 3),
        model_writer=written,
        vocab_size=60,
        eos_id=0,
        unk_id=1,
        bos_id=-1,
        pad_id=-1,
        hard_vocab_limit=False,
        minloglevel=2,
        eos_piece="</s>",
        unk_piece="<unk>",
    )
    return written.getvalue()


def write(folder: Path, pair: str, changed: Mapping[str, Tensor | None] | None = None) -> Path:
    """A model's folder, with some tensors replaced or, where None is given, left out."""
    pieces = vocabulary()
    words = sentencepiece.SentencePieceProcessor(model_proto=pieces).vocab_size()
    found = {**tensors(words), **(changed or {})}
    whole = {name: tensor for name, tensor in found.items() if tensor is not None}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"model.{pair}.intgemm.alphas.bin").write_bytes(packed(whole))
    (folder / f"vocab.{pair}.spm").write_bytes(pieces)
    return folder
