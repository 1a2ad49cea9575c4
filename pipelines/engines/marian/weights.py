"""Marian's binary format, read with memory mapping: named tensors, int8 ones dequantized.

    uint64 version = 1, uint64 n
    n headers of uint64: length of the name, type, number of dimensions, bytes of data
    the names, each ended by a zero byte; the shapes as int32
    uint64 padding, so many bytes, then each tensor's data

An int8 matrix is followed by its scale as a float32: weight = q ÷ scale. intgemm keeps matrices
transposed, but for the embedding. Knows the format, and nothing of the network.

No size in the file is believed: each is compared with the bytes that are there before anything is
allocated, so that a hostile file costs no more memory than its own length times four.
"""

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import ModelError

Floats = NDArray[np.float32]

VERSION = 1
FLOAT32, INTGEMM8 = 0x404, 0x4101
MOST_TENSORS = 10_000
LONGEST_NAME = 256
LONGEST_CONFIG = 64_000
CONFIG = "special:model.yml"
EMBEDDING = "Wemb"
HEADER = struct.Struct("<4Q")


@dataclass(frozen=True)
class Stored:
    """One tensor as it lies in the file; `at` and `length` in bytes."""

    kind: int
    shape: tuple[int, ...]
    at: int
    length: int


class Weights:
    """The tensors of one file; the file stays mapped until `close`."""

    def __init__(self, file: Path) -> None:
        """Read the table of tensors.

        Raises:
            ModelError: the file is no Marian model, or cut off.
        """
        self._name = file.name
        try:
            with file.open("rb") as opened:
                self._data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # an empty file cannot be mapped
            raise self._damaged() from error
        try:
            self._tensors = self._table()
        except (struct.error, UnicodeDecodeError) as error:
            self.close()
            raise self._damaged() from error
        except ModelError:
            self.close()
            raise

    def close(self) -> None:
        """Unmap the file; arrays that were read stay as they are."""
        self._data.close()

    def config(self) -> dict[str, Any]:
        """The options that the model was trained with.

        Raises:
            ModelError: there are none.
        """
        import yaml

        stored = self._tensors.get(CONFIG)
        if stored is None or stored.length > LONGEST_CONFIG:
            raise self._damaged()
        written = self._data[stored.at : stored.at + stored.length].rstrip(b"\0")
        try:
            read = yaml.safe_load(written)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise self._damaged() from error
        if not isinstance(read, dict):
            raise self._damaged()
        return read

    def shape(self, name: str) -> tuple[int, ...]:
        """The dimensions of a tensor.

        Raises:
            ModelError: there is none of that name.
        """
        return self._stored(name).shape

    def read(self, name: str, *shape: int) -> Floats:
        """A tensor as float32, of the shape that the network needs.

        A matrix comes as (outputs, inputs), the embedding as (words, width).

        Raises:
            ModelError: there is none of that name, or it has another shape or type.
        """
        stored = self._stored(name)
        count = math.prod(shape)
        if math.prod(stored.shape) != count:
            raise self._damaged()
        if stored.kind == FLOAT32 and stored.length >= 4 * count:
            found = np.frombuffer(self._data, np.float32, count, stored.at).copy()
        elif stored.kind == INTGEMM8 and stored.length >= count + 4:
            (scale,) = struct.unpack_from("<f", self._data, stored.at + count)
            if not (math.isfinite(scale) and scale):
                raise self._damaged()
            quantized = np.frombuffer(self._data, np.int8, count, stored.at)
            found = quantized.astype(np.float32)
            found *= np.float32(1 / scale)
        else:
            raise self._damaged()
        return found.reshape(shape)

    def _stored(self, name: str) -> Stored:
        if name not in self._tensors:
            raise ModelError(
                f"{self._name} has no tensor {name}.",
                "It is no model of the Firefox Translations family, or a damaged one.",
            )
        return self._tensors[name]

    def _table(self) -> dict[str, Stored]:
        size = len(self._data)
        version, count = struct.unpack_from("<2Q", self._data)
        if version != VERSION or not 0 < count <= MOST_TENSORS:
            raise self._damaged()
        at = 16
        headers = [HEADER.unpack_from(self._data, at + HEADER.size * i) for i in range(count)]
        at += HEADER.size * count
        names = []
        for length, *_ in headers:
            if not 0 < length <= LONGEST_NAME:
                raise self._damaged()
            names.append(self._data[at : at + length].rstrip(b"\0").decode())
            at += length
        shapes = []
        for _, _, dimensions, _ in headers:
            if dimensions > 4:
                raise self._damaged()
            shapes.append(struct.unpack_from(f"<{dimensions}i", self._data, at))
            at += 4 * dimensions
        (padding,) = struct.unpack_from("<Q", self._data, at)
        at += 8 + padding
        tensors = {}
        for name, shape, (_, kind, _, length) in zip(names, shapes, headers, strict=True):
            if length > size - at or min(shape, default=1) < 1:
                raise self._damaged()
            tensors[name] = Stored(kind, shape, at, length)
            at += length
        return tensors

    def _damaged(self) -> ModelError:
        return ModelError(
            f"{self._name} is not a whole Marian model.", "Download it again, or pick another."
        )
