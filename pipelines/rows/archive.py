"""A zip of files, read in place: nothing is unpacked onto the disk, names in it are only shown.

Limits: how many files, how large each, how large all. They hold for what is declared before
anything is read; zipfile never reads more of a file than the archive declares of it.
"""

import re
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from pipelines.errors import InputError
from pipelines.rows.table import Attachment
from pipelines.settings import Settings

TOTAL = 5  # so many of the largest files may be in one archive, in bytes
ENTRY = b"PK\x01\x02"  # begins each entry of the directory at an archive's end
PIECE = 1_000_000
ENCRYPTED = 1  # a bit of an entry's flags
# What systems put beside a person's files.
JUNK = re.compile(r"(^|/)(__MACOSX(/|$)|\.[^./]|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


def members(path: Path, settings: Settings) -> list[Attachment]:
    """The files of an archive, in its order; each is read when it is asked for.

    Raises:
        InputError: it is no zip, or beyond the limits.
    """
    most = settings.max_uploads
    try:
        if _entries(path) > 2 * most + 100:  # folders and junk beside the files
            raise _too_many(most)
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise InputError(
            "This file is not a zip that can be read.", "Pack the files anew, without a password."
        ) from error
    infos = [info for info in infos if not JUNK.search(info.filename)]
    if len(infos) > most:
        raise _too_many(most)
    largest = settings.max_upload_mb * 1_000_000
    if sum(info.file_size for info in infos) > TOTAL * largest:
        raise InputError(
            f"The zip unpacks to more than {TOTAL * settings.max_upload_mb:,} MB.",
            "Split it into several.",
        )
    return [Attachment(_name(info), _reader(path, info, settings.max_upload_mb)) for info in infos]


def _reader(path: Path, info: zipfile.ZipInfo, largest_mb: int) -> Callable[[], bytes]:
    return partial(_read, path, info, largest_mb)


def _read(path: Path, info: zipfile.ZipInfo, largest_mb: int) -> bytes:
    """The bytes of one file.

    Raises:
        InputError: it is too large, encrypted or damaged.
    """
    if info.file_size > largest_mb * 1_000_000:
        raise InputError(f"This file has more than {largest_mb} MB.", "Make it smaller first.")
    if info.flag_bits & ENCRYPTED:
        raise InputError("This file has a password.", "Pack it without one.")
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(info)
    except (OSError, zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
        raise InputError("This file of the zip is damaged.", "Pack it anew.") from error


def _name(info: zipfile.ZipInfo) -> str:
    """The name to show: no way up, no drive, no control characters."""
    parts = PurePosixPath(info.filename.replace("\\", "/")).parts
    kept = "/".join(part for part in parts if part not in {"/", ".."})
    return "".join(c if c.isprintable() else " " for c in kept)


def _entries(path: Path) -> int:
    """How many entries there are, before zipfile makes an object of each: an archive of 100 MB may
    have two million, which take a gigabyte."""
    count, tail = 0, b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            count += (tail + piece).count(ENTRY)
            tail = piece[1 - len(ENTRY) :]
    return count


def _too_many(most: int) -> InputError:
    return InputError(f"The zip has more than {most:,} files.", "Split it into several.")
