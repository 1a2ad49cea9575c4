"""A tiny Kokoro as the Hub has it: an ONNX graph, voices, and the vocabulary of phonemes.

What it says can be read: a token is as many samples as one at usual speed lasts, each of them the
token's number times the mean of the style vector. The graph is written in protobuf's wire format:
the package that writes ONNX is not installed here.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.tiny.registry import tiny

SIGNS = " ;:,.!?abdefhijklmnopstuvwxyzAIOQTWYæðŋɐɑɒɔəɚɛɜɡɣɪɲɳɹɽɾʁʃʊʌʎʒʔʝʤʦʧʣˈˌː\u0303βθœøᵊᵻʰʲɨʈɖ"
VOICES = {"bf_emma": 0.4, "af_heart": 0.2, "ff_siwis": 0.6, "jf_alpha": 0.8}
LENGTHS, STYLE = 510, 256
SAMPLES = 1200  # a token, 0.05 s
FLOAT, INT64 = 1, 7


def style_level(voice: str, phonemes: int) -> float:
    """The mean of a voice's style vector for so many phonemes."""
    return VOICES[voice] + phonemes / 10_000


def voice_of(samples: Any) -> str:
    """The voice in which one pass at usual speed was spoken: by it the tokens are whole numbers."""
    tokens = samples[::SAMPLES][1:-1] / 32767 * 256

    def error(voice: str) -> float:
        numbers = tokens / style_level(voice, len(tokens))
        return float(np.abs(numbers - numbers.round()).max())

    return min(VOICES, key=error)


@tiny("kokoro", "text-to-speech")
def kokoro(folder: Path) -> None:
    """The four files that an engine needs of onnx-community/Kokoro-82M-v1.0-ONNX, and others."""
    (folder / "onnx").mkdir(exist_ok=True)
    (folder / "voices").mkdir(exist_ok=True)
    (folder / "onnx/model_quantized.onnx").write_bytes(graph())
    (folder / "config.json").write_text('{"model_type": "style_text_to_speech_2"}', "utf-8")
    vocabulary = {"$": 0, **{sign: number for number, sign in enumerate(SIGNS, 1)}}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}), "utf-8")
    for name in VOICES:
        levels = np.array([style_level(name, count) for count in range(1, LENGTHS + 1)], "<f4")
        levels.repeat(STYLE).tofile(folder / f"voices/{name}.bin")


def graph() -> bytes:
    """input_ids [1, n], style [1, 256] and speed [1] → waveform [1, n * samples]."""
    nodes = [
        node("Cast", ["input_ids"], "numbers", to=FLOAT),
        node("Reshape", ["numbers", "one_a_row"], "column"),
        node("Div", ["samples", "speed"], "lasting"),
        node("Cast", ["lasting"], "whole", to=INT64),
        node("Concat", ["one", "whole"], "times", axis=0),
        node("Tile", ["column", "times"], "rows"),
        node("ReduceMean", ["style"], "level"),
        node("Mul", ["rows", "level"], "loud"),
        node("Mul", ["loud", "small"], "quiet"),
        node("Reshape", ["quiet", "one_row"], "waveform"),
    ]
    constants = {
        "one_a_row": np.array([-1, 1]),
        "one_row": np.array([1, -1]),
        "one": np.array([1]),
        "samples": np.array([SAMPLES], np.float32),
        "small": np.array([1 / 256], np.float32),
    }
    body = b"".join(field(1, one) for one in nodes) + field(2, "tiny")
    body += b"".join(field(5, tensor(name, value)) for name, value in constants.items())
    body += field(11, value("input_ids", INT64, 1, 0))
    body += field(11, value("style", FLOAT, 1, STYLE)) + field(11, value("speed", FLOAT, 1))
    body += field(12, value("waveform", FLOAT, 1, 0))
    operators = field(1, "") + field(2, 17)
    return field(1, 8) + field(8, operators) + field(7, body)


def node(operator: str, inputs: list[str], output: str, **attributes: int) -> bytes:
    whole = b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, operator)
    for name, number in attributes.items():
        whole += field(5, field(1, name) + field(3, number) + field(20, 2))  # 2: a whole number
    return whole


def tensor(name: str, values: Any) -> bytes:
    kind = FLOAT if values.dtype == np.float32 else INT64
    shape = b"".join(field(1, length) for length in values.shape)
    return shape + field(2, kind) + field(8, name) + field(9, values.tobytes())


def value(name: str, kind: int, *shape: int) -> bytes:
    """An input or output; a length of 0 is any."""
    lengths = [field(1, length) if length else field(2, "n") for length in shape]
    dimensions = b"".join(field(1, one) for one in lengths)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dimensions)))


def field(number: int, value: int | str | bytes) -> bytes:
    """A field of a message: a whole number, or what has a length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)
