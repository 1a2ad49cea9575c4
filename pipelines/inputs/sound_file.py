"""Decodes sound files in a sandboxed process (`decode_sound.py`), from an open file."""

import io
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pipelines.errors import InputError
from pipelines.inputs.decode_sound import BLOCK, NO_SOUND, SECONDS
from pipelines.run import CHECK_SECONDS, stop_if_cancelled

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, Any]

Pieces = Iterator[tuple[int, "Samples"]]

PROGRAM = Path(__file__).with_name("decode_sound.py")
# What the process inherits: no credentials.
ENVIRONMENT = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
)


def unreadable() -> InputError:
    """The error for every file that is missing, not readable, damaged or not a sound."""
    return InputError(
        "This file is not a sound that can be read.",
        "Try a WAV, MP3, FLAC, OGG or M4A file; this one may be missing, cut off or renamed.",
    )


@contextmanager
def decoding(file: BinaryIO, seconds: int) -> Iterator[tuple[float, Pieces]]:
    """Yield the duration in the header (0: none, and it may be wrong), and the sound in pieces.

    A piece is a sampling rate and samples, shape (samples, channels), decoded as it is read.
    `seconds`: the longest duration that is wanted, which sets the limit of processor time.

    Raises:
        InputError: none of the allowed formats, damaged, without sound, or over a limit.
    """
    # -P: files of this folder must not shadow modules.
    command = [sys.executable, "-P", str(PROGRAM), str(seconds)]
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    with (
        _on_disk(file) as opened,
        subprocess.Popen(
            command, stdin=opened, stdout=subprocess.PIPE, bufsize=0, env=environment
        ) as process,
    ):
        try:
            yield SECONDS.unpack(_read(process, SECONDS.size))[0], _pieces(process)
        finally:
            process.kill()


def _pieces(process: "subprocess.Popen[bytes]") -> Pieces:
    import numpy as np

    while header := _read(process, BLOCK.size, may_end=True):
        rate, channels, planes, dtype, size = BLOCK.unpack(header)
        samples = np.frombuffer(_read(process, size), dtype.decode())
        shape = (-1, channels) if planes == 1 else (channels, -1)
        samples = samples.reshape(shape)
        yield rate, samples if planes == 1 else samples.T


def _read(process: "subprocess.Popen[bytes]", size: int, may_end: bool = False) -> bytes:
    """Read `size` bytes of the output, unless the run is cancelled meanwhile.

    Raises:
        InputError: the process ended before that, by itself or at one of its limits.
    """
    assert process.stdout
    output = process.stdout.fileno()
    poll = select.poll()
    poll.register(output, select.POLLIN)
    data = bytearray()
    while len(data) < size:
        stop_if_cancelled()
        if not poll.poll(CHECK_SECONDS * 1000):
            continue
        if part := os.read(output, size - len(data)):
            data += part
            continue
        code = process.wait()
        if may_end and not data and not code:
            break
        if code == NO_SOUND:
            raise InputError("There is no sound in this file.", "Choose another file.")
        raise unreadable()
    return bytes(data)


def _on_disk(file: BinaryIO) -> BinaryIO:
    """The file itself, or its copy on disk, which another process can read."""
    try:
        file.fileno()
        return file
    except io.UnsupportedOperation:
        copy: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        shutil.copyfileobj(file, copy)
        copy.flush()
        return copy
