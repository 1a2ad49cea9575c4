"""The memory that this process holds, and handing back what it no longer needs.

Knows the operating system and its C library, no models. glibc keeps freed memory for later, in
heaps ("arenas") of which it makes eight for each core, one for every new thread; each run here has
a thread of its own.
"""

import ctypes
import mmap
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import psutil

ARENAS = 2
M_ARENA_MAX = -8  # mallopt's name for their number, from malloc.h


def resident_bytes() -> int:
    """What the operating system says is in memory for this process, mapped files included."""
    return int(_process().memory_info().rss)


def limit_arenas() -> None:
    """Share ARENAS heaps among all threads to come, unless MALLOC_ARENA_MAX says otherwise."""
    if "MALLOC_ARENA_MAX" not in os.environ and (libc := _glibc()):
        libc.mallopt(M_ARENA_MAX, ARENAS)


def trim() -> None:
    """Hand freed memory back to the operating system, where the C library keeps it."""
    if libc := _glibc():
        libc.malloc_trim(0)


def release_mapped(file: Path) -> None:
    """Take a mapped file out of this process's memory; what is still used is read again, once.

    For weights that a library maps, copies into a form of its own, and keeps mapped.
    """
    if sys.platform != "linux":
        return
    name, library = str(file.resolve()), ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, *_, mapped = line.split(maxsplit=5)
        if mapped == name:
            start, end = (int(one, 16) for one in addresses.split("-"))
            size = ctypes.c_size_t(end - start)
            library.madvise(ctypes.c_void_p(start), size, mmap.MADV_DONTNEED)


@cache
def _process() -> psutil.Process:
    return psutil.Process()


@cache
def _glibc() -> Any:
    """The C library, if it is one that keeps freed memory and can be told to return it."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # TypeError: Windows
        return None
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
