"""What was given as a file, opened: a path, bytes, a data URL, or gradio's FileData as a dict.

Readers get an open binary file and never a name, so that no library beneath them takes a name for
a URL, a pattern or a list of other files. Which paths a run may name is decided in files.py. What
is said of a path here is the same whether a file is there or not.
"""

import base64
import binascii
import io
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

from pipelines.errors import InputError
from pipelines.inputs.files import allowed


def is_missing(value: Any) -> bool:
    """Whether nothing was given: an empty box, or FileData without a file."""
    if isinstance(value, dict):
        return not (value.get("path") or _is_data_url(value.get("url")))
    return value is None or (isinstance(value, str | bytes) and not value)


def open_source(value: Any, what: str, unreadable: InputError) -> BinaryIO:
    """The binary file behind `value`; `what` ("picture", "sound") goes into the sentences.

    Raises:
        InputError: `unreadable` for a path that cannot be opened or is no plain file; sentences of
            their own for an empty file, a broken data URL and what is no file at all.
    """
    if isinstance(value, dict):
        url = value.get("url")
        value = url if _is_data_url(url) else value.get("path")
    if _is_data_url(value):
        value = _decoded(value, what)
    if isinstance(value, bytes):
        file: BinaryIO = io.BytesIO(value)
    elif isinstance(value, str | Path):
        file = _open_file(allowed(value), unreadable)
    else:
        raise InputError(f"A {what} must be a file.", "Give a path, bytes or a data URL.")
    if not file.seek(0, os.SEEK_END):
        file.close()
        raise InputError(f"The {what}'s file is empty.", "Choose another file.")
    file.seek(0)
    return file


def _is_data_url(value: Any) -> bool:
    return isinstance(value, str) and value[:5].lower() == "data:"


def _decoded(url: str, what: str) -> bytes:
    header, _, data = url.partition(",")
    content = unquote_to_bytes(data)
    if not header.lower().endswith(";base64"):
        return content
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)  # MIME breaks its lines
    except binascii.Error:
        raise InputError(f"The {what}'s data URL is broken.", "Send it again.") from None


def _open_file(path: str | Path, unreadable: InputError) -> BinaryIO:
    try:
        # Without O_NONBLOCK opening a pipe waits for its writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):  # ValueError: a name with a zero byte
        raise unreadable from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise unreadable
    return os.fdopen(descriptor, "rb")
