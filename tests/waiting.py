"""Waits until something is so; a test that waits for ever fails instead."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120.0  # seconds
T = TypeVar("T")


def until(happened: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What `happened` returns once that is true."""
    ends = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.01)
    return found
