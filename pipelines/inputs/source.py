"""Opens what was given as a file: a path, bytes, a data URL, an https address, or gradio's FileData
as a dict.

Readers get an open binary file and never a name, so that no library takes a name for a URL, a
pattern or a list of other files. Which paths a run may open is decided in files.py. No error
reveals whether a path exists.
"""

import base64
import io
import os
import re
import stat
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard
from urllib.parse import unquote_to_bytes

from pipelines.errors import InputError
from pipelines.inputs.files import allowed, uploaded_at
from pipelines.inputs.web_address import fetch, is_web_address
from pipelines.settings import Settings

IN_BASE64 = re.compile(r"; *base64 *$", re.IGNORECASE)
FOLDED = re.compile(rb"\s*[\r\n]\s*")  # MIME breaks base64 into lines
URL_SAFE = bytes.maketrans(b"-_ ", b"+/+")  # a form turns + into a space


def is_missing(value: Any) -> bool:
    """Whether nothing was given: an empty box, or FileData without a file."""
    if isinstance(value, dict):
        return not (value.get("path") or is_address(value.get("url")))
    return value is None or (isinstance(value, str | bytes) and not value)


def open_source(value: Any, what: str, unreadable: InputError, settings: Settings) -> BinaryIO:
    """The binary file behind `value`; `what` ("picture", "sound") goes into the sentences.

    Raises:
        InputError: `unreadable` for a path that cannot be opened or is no plain file; sentences of
            their own for an empty file, a broken data URL, a web address that cannot be fetched
            and what is no file at all.
    """
    if isinstance(value, dict):
        url, path = value.get("url"), value.get("path")
        # A file that was uploaded here has both; its url leads to this server.
        value = url if _is_data_url(url) or (is_address(url) and not path) else path
    if _is_data_url(value):
        value = _decoded(value.lstrip(), what)
    elif is_web_address(value):
        value = uploaded_at(value) or fetch(value, what, settings)
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


def is_address(value: Any) -> TypeGuard[str]:
    """Whether this is the address of a file, not a path; schemes are written in either case."""
    return _is_data_url(value) or is_web_address(value)


def _is_data_url(value: Any) -> bool:
    return isinstance(value, str) and value[:100].lstrip()[:5].lower() == "data:"


def _decoded(url: str, what: str) -> bytes:
    header, _, data = url.partition(",")
    content = unquote_to_bytes(data)
    if not IN_BASE64.search(header):
        return content
    try:
        return from_base64(content)
    except ValueError:
        raise InputError(f"The {what}'s data URL is broken.", "Send it again.") from None


def from_base64(text: bytes) -> bytes:
    """The bytes of base64 as clients write it: in lines, with URLs' alphabet, without padding.

    Raises:
        ValueError: it is something else.
    """
    letters = FOLDED.sub(b"", text.strip()).translate(URL_SAFE).rstrip(b"=")
    return base64.b64decode(letters + b"=" * (-len(letters) % 4), validate=True)


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
