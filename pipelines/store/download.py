"""Fetches one file over HTTP: resumed where it broke off, checked, and put in place at once.

Knows URLs and hashes, no models. What is unfinished lies beside the target as NAME.part and is
taken up again by the next call, by another process too; the target itself is there whole or not
at all.
"""

import errno
import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipelines.errors import ChecksumError, DiskFullError, DownloadError, UnreachableError
from pipelines.store.progress import Meter, Watch

TELL_SECONDS = 0.1  # between two words of progress
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
ATTEMPTS = 4
PATIENCE_SECONDS = 30  # a source that asks to wait longer is not waited for


class RefusedError(DownloadError):
    """The source answered with an error; `status` is HTTP's, `code` the Hub's own word for it."""

    def __init__(self, sentence: str, hint: str, status: int, code: str = "") -> None:
        super().__init__(sentence, hint)
        self.status = status
        self.code = code


def sha256_of(path: Path) -> str:
    """The sha256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_sha1_of(path: Path) -> str:
    """The name git gives to a file of this content."""
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def check(path: Path, digest: str, name: str = "") -> None:
    """Throw the file away unless it is the one named: by a sha256, or by git's sha1.

    Raises:
        ChecksumError: it is another; it is gone.
    """
    if (sha256_of if len(digest) == 64 else git_sha1_of)(path) != digest:
        path.unlink()
        shown = name or path.name.removesuffix(".part")
        raise ChecksumError(
            f"{shown} is not the file the catalogue names.",
            "It was deleted. Try again; if it happens twice, the source has changed.",
        )


def disk_full() -> DiskFullError:
    """What is said when the disk filled up on the way."""
    return DiskFullError(
        "The disk is full.", "Delete something, or set PLAYGROUND_CACHE to a larger disk."
    )


def free_bytes(folder: Path) -> int:
    """What is free on the disk where the folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def need_space(folder: Path, size: int) -> None:
    """Say so before a download that cannot end well.

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
    watch: Watch,
    headers: dict[str, str] | None = None,
    name: str = "",
    size: int | None = None,
) -> Path:
    """Bring `url` to `target`, verified; `name` is what a person calls the file.

    A source that announces another `size` is not listened to: it may be a firewall's own page.

    Raises:
        ChecksumError, DiskFullError, UnreachableError, RefusedError, DownloadError, Cancelled.
    """
    if target.is_file() and (sha256_of if len(digest) == 64 else git_sha1_of)(target) == digest:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        if urlsplit(url).scheme == "file":
            shutil.copyfile(unquote(urlsplit(url).path), part)
        else:
            _fetch(url, part, name or target.name, size, meter, watch, headers or {})
    except OSError as error:
        if error.errno == errno.ENOSPC:
            part.unlink(missing_ok=True)
            raise disk_full() from error
        raise DownloadError(f"{target.name} could not be written.", str(error)) from error
    check(part, digest, name)
    os.replace(part, target)
    return target


def _fetch(
    url: str,
    part: Path,
    name: str,
    size: int | None,
    meter: Meter,
    watch: Watch,
    headers: dict[str, str],
) -> None:
    import httpx2

    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx2.Client(timeout=timeout, follow_redirects=True, headers=headers) as client:
        for attempt in range(ATTEMPTS):
            try:
                return _append(client, url, part, name, size, meter, watch)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                raise UnreachableError(
                    f"The source of {name} cannot be reached.", "Check the network."
                ) from error
            except httpx2.TransportError:
                # The connection broke in the middle: what came so far is kept and continued.
                pause = 0.5 * attempt
            except _Later as later:
                if attempt or later.seconds > PATIENCE_SECONDS:
                    raise later.refused from later
                pause = later.seconds
            if watch.cancel.wait(pause):
                watch.check()
    raise DownloadError(f"The download of {name} broke off.", "Press Run to go on with it.")


class _Later(Exception):
    """The source asks to come back: once it is done, twice it is an error."""

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


def _append(
    client: Any, url: str, part: Path, name: str, size: int | None, meter: Meter, watch: Watch
) -> None:
    start = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # the part is whole already, or longer than the file
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
            # Blocks as they come: gathered into larger ones, a broken connection would lose some.
            for block in response.iter_bytes():
                file.write(block)
                done += len(block)
                watch.check()
                if done == total or time.monotonic() - told >= TELL_SECONDS:
                    told = time.monotonic()
                    watch.tell(meter.at(done, total))
