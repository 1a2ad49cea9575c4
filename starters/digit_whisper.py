"""The start of a pretrained Whisper as a transformers classifier: convolutions and first layers.

Reads the encoder out of CTranslate2's model.bin (our verified whisper-base, MIT), so nothing but
the starter that everybody has is needed. Positions are sinusoids: the first ones serve a shorter
window as well.
"""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from transformers import WhisperConfig, WhisperForAudioClassification

KINDS = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
POSITIONS_A_SECOND = 50
HALVES = {"self_attention": "self_attn_layer_norm", "ffn": "final_layer_norm"}


def ctranslate2_arrays(file: Path, start: str) -> dict[str, np.ndarray]:
    """The arrays whose name begins with `start`, as ModelSpec._serialize wrote them."""
    found = {}
    with file.open("rb") as stream:
        _number(stream, "I")  # version of the format
        _text(stream)  # which kind of model
        _number(stream, "I")  # its revision
        for _ in range(_number(stream, "I")):
            name = _text(stream)
            shape = [_number(stream, "I") for _ in range(_number(stream, "B"))]
            kind, size = _number(stream, "B"), _number(stream, "I")
            data = stream.read(size)
            if name.startswith(start):
                found[name.removeprefix(start)] = np.frombuffer(data, KINDS[kind]).reshape(shape)
    return found


def encoder_weights(file: Path, layers: int, positions: int) -> dict[str, torch.Tensor]:
    """Convolutions, positions and the first layers under transformers' names."""
    arrays = ctranslate2_arrays(file, "encoder/")
    state = {"embed_positions.weight": arrays["position_encodings/encodings"][:positions]}
    for name in ("conv1", "conv2"):
        state |= _linear(arrays, name, name)
    state |= _norm(arrays, "layer_norm", "layer_norm")
    for number in range(layers):
        theirs, ours = f"layer_{number}", f"layers.{number}"
        for half, norm in HALVES.items():
            state |= _norm(arrays, f"{theirs}/{half}/layer_norm", f"{ours}.{norm}")
        for index, name in enumerate(("fc1", "fc2")):
            state |= _linear(arrays, f"{theirs}/ffn/linear_{index}", f"{ours}.{name}")
        heard = f"{theirs}/self_attention"
        state |= _linear(arrays, f"{heard}/linear_1", f"{ours}.self_attn.out_proj")
        for part in ("weight", "bias"):
            fused = np.split(arrays[f"{heard}/linear_0/{part}"], 3)
            for name, array in zip(("q_proj", "k_proj", "v_proj"), fused, strict=True):
                state[f"{ours}.self_attn.{name}.{part}"] = array
        del state[f"{ours}.self_attn.k_proj.bias"]  # Whisper has none; it is zeros
    return {name: torch.tensor(array, dtype=torch.float32) for name, array in state.items()}


def beginning(
    file: Path, labels: Sequence[str], layers: int, seconds: int, **options: Any
) -> WhisperForAudioClassification:
    """A classifier on the first `layers` of Whisper base, which hears `seconds` at once."""
    positions = seconds * POSITIONS_A_SECOND
    model = WhisperForAudioClassification(
        WhisperConfig(
            num_mel_bins=80,
            d_model=512,
            encoder_layers=layers,
            encoder_attention_heads=8,
            encoder_ffn_dim=2048,
            max_source_positions=positions,
            classifier_proj_size=len(labels),
            num_labels=len(labels),
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
            **options,
        )
    )
    model.encoder.load_state_dict(encoder_weights(file, layers, positions))
    return model


def _linear(arrays: dict[str, np.ndarray], theirs: str, ours: str) -> dict[str, np.ndarray]:
    return {f"{ours}.{part}": arrays[f"{theirs}/{part}"] for part in ("weight", "bias")}


def _norm(arrays: dict[str, np.ndarray], theirs: str, ours: str) -> dict[str, np.ndarray]:
    return {
        f"{ours}.weight": arrays[f"{theirs}/gamma"],
        f"{ours}.bias": arrays[f"{theirs}/beta"],
    }


def _number(stream: BinaryIO, kind: str) -> int:
    return int(struct.unpack(f"<{kind}", stream.read(struct.calcsize(kind)))[0])


def _text(stream: BinaryIO) -> str:
    length = _number(stream, "H")
    return stream.read(length)[:-1].decode()
