"""The most memory that this process has held; what earlier tests held does not count."""

import resource
from contextlib import suppress
from pathlib import Path


def peak() -> int:
    """The most that it has held, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def peak_from_now() -> int:
    """The same, counted from now on where the system can: what is held now."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak()
