"""Downloads one file over HTTP: resumable, verified, renamed into place atomically.

Knows URLs and digests, no models. A partial download is kept beside the target as NAME.part, and
the next call resumes it, in another process too; the target itself exists complete or not at all.
Two processes must not download one target at the same time: callers hold a lock of `locks`.
"""

import errno
import os
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipelines.errors import ChecksumError, DiskFullError, DownloadError, UnreachableError
from pipelines.progress import Meter
from pipelines.run import current, stop_if_cancelled, tell
from pipelines.store.verify import digest_of

TELL_SECONDS = 0.1  # between two progress events
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
ATTEMPTS = 4
FULL = (errno.ENOSPC, errno.EDQUOT)
PATIENCE_SECONDS = 30  # the longest Retry-After that is waited for


def is_full(error: BaseException) -> bool:
    """Whether the disk is full, or the user's quota of it; libraries have errors of their own, with
    the system's words or its error behind them."""
    if getattr(error, "errno", None) in FULL or any(os.strerror(one) in str(error) for one in FULL):
        return True
    behind = error.__cause__ or error.__context__
    return behind is not None and is_full(behind)


def is_unwritable(error: OSError) -> bool:
    """Whether a folder cannot be written: no permission, a read-only disk, a file in its place."""
    return error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


class RefusedError(DownloadError):
    """The source answered with an error: `status` is HTTP's, `code` the Hub's error code."""

    def __init__(self, sentence: str, hint: str, status: int, code: str = "") -> None:
        super().__init__(sentence, hint)
        self.status = status
        self.code = code


def check(path: Path, digest: str, name: str = "") -> None:
    """Delete the file unless it has this digest, a sha256 or git's sha1.

    Raises:
        ChecksumError: it has another, and was deleted.
    """
    if digest_of(path, digest) != digest:
        path.unlink()
        shown = name or path.name.removesuffix(".part")
        raise ChecksumError(
            f"{shown} is not the file the catalogue names.",
            "It was deleted. Try again; if it happens twice, the source has changed.",
        )


def disk_full() -> DiskFullError:
    """The error for a disk that filled up during the download."""
    return DiskFullError(
        "The disk is full.", "Delete something, or set PLAYGROUND_CACHE to a larger disk."
    )


def no_room() -> DiskFullError:
    """The error for a file of an answer that could not be written, to whoever asked for it."""
    return DiskFullError("The server's disk is full.", "Try again in a minute.")


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk where the folder is, or will be created."""
    while not os.path.exists(folder):  # Path.exists raises where a parent may not be searched
        folder = folder.parent
    return shutil.disk_usage(folder).free


def need_space(folder: Path, size: int) -> None:
    """Refuse a download that does not fit on the disk, before it starts.

    Raises:
        DiskFullError: less than `size` bytes are free.
    """
    free = free_bytes(folder)
    if free < size:
        raise DiskFullError(
            f"{size / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free.",
            "Delete something, or set PLAYGROUND_CACHE to a larger disk.",
        )


def download(
    url: str,
    target: Path,
    digest: str,
    meter: Meter,
    headers: dict[str, str] | None = None,
    name: str = "",
    size: int | None = None,
) -> Path:
    """Download `url` to `target` and verify it; `name` is the file's name in messages.

    A response of another length than `size` is refused: it may be a firewall's own page.

    Raises:
        ChecksumError, DiskFullError, UnreachableError, RefusedError, DownloadError, Cancelled.
        OSError: the folder cannot be written; see `is_unwritable`.
    """
    if target.is_file() and digest_of(target, digest) == digest:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        if urlsplit(url).scheme == "file":
            shutil.copyfile(unquote(urlsplit(url).path), part)
        else:
            _fetch(url, part, name or target.name, size, meter, headers or {})
    except OSError as error:
        if is_full(error):
            part.unlink(missing_ok=True)
            raise disk_full() from error
        if is_unwritable(error):
            raise
        # Without the error's own text, which holds the path: visitors see this sentence.
        reason = error.strerror or "The log has the details."
        raise DownloadError(f"{name or target.name} could not be written.", reason) from error
    check(part, digest, name)
    os.replace(part, target)
    return target


def _fetch(
    url: str,
    part: Path,
    name: str,
    size: int | None,
    meter: Meter,
    headers: dict[str, str],
) -> None:
    import httpx2

    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx2.Client(timeout=timeout, follow_redirects=True, headers=headers) as client:
        for attempt in range(ATTEMPTS):
            try:
                return _append(client, url, part, name, size, meter)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                raise UnreachableError(
                    f"The source of {name} cannot be reached.", "Check the network."
                ) from error
            except httpx2.TransportError:
                # The connection broke: the next attempt resumes from the bytes that are here.
                pause = 0.5 * attempt
            except _Later as later:
                if attempt or later.seconds > PATIENCE_SECONDS:
                    raise later.refused from later
                pause = later.seconds
            current().cancel.wait(pause)
            stop_if_cancelled()
    raise DownloadError(f"The download of {name} broke off.", "Press Run to go on with it.")


class _Later(Exception):
    """The source asked to retry later (429 or 5xx); one retry is made, then `refused` is raised."""

    def __init__(self, refused: RefusedError, seconds: float) -> None:
        self.refused = refused
        self.seconds = seconds


def _refuse(response: Any, name: str) -> None:
    status, wait = response.status_code, response.headers.get("Retry-After", "")
    seconds = float(wait) if wait.isdigit() else 0.5
    if status == 429:
        hint = f"It asks to wait {seconds:.0f} s; try again then."
        sentence = f"The source of {name} has been asked too often."
    else:
        sentence, hint = f"The source answered {status} for {name}.", "Try again later."
    refused = RefusedError(sentence, hint, status, response.headers.get("X-Error-Code", ""))
    if status == 429 or status >= 500:
        raise _Later(refused, seconds)
    raise refused


def _append(client: Any, url: str, part: Path, name: str, size: int | None, meter: Meter) -> None:
    start = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # the partial file is complete already, or too long
            return
        if response.is_error:
            _refuse(response, name)
        resumed = response.status_code == 206
        done = start if resumed else 0
        total = int(response.headers.get("Content-Length", 0)) + done or None
        if total:
            if size is not None and total != size:
                sentence = f"The source sent {total:,} bytes for {name} instead of {size:,}."
                raise RefusedError(sentence, "Try again later.", response.status_code)
            need_space(part.parent, total - done)
        with part.open("ab" if resumed else "wb") as file:
            told = 0.0
            # No chunk_size: bytes buffered for a larger block would be lost with the connection.
            for block in response.iter_bytes():
                file.write(block)
                done += len(block)
                stop_if_cancelled()
                if done == total or time.monotonic() - told >= TELL_SECONDS:
                    told = time.monotonic()
                    tell(meter.at(done, total))
