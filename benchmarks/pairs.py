"""Two ways to do the same, timed in turn on one machine; the median of their ratios counts."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.report import Row

SECONDS = 10.0  # a pair
LEAST = 5  # pairs, however long one takes
REST = 0.05  # seconds: OpenMP's threads, torch's, keep a core busy for a while after a pass
WARM = 2  # calls before the one that is timed: the other side's weights fill the caches
Work = Callable[[], Any]
Pairs = Sequence[tuple[float, float]]  # ours, theirs, measured one right after the other


def compared(name: str, pairs: Pairs, against: str, target: str, form: str) -> Row:
    """The row of such pairs: the medians of both sides, and the median of their ratios."""
    ratio = statistics.median(mine / other for mine, other in pairs)
    mine, other = medians(pairs)
    return Row(name, f"{mine:{form}}", f"{against}: {other:{form}}", ratio, target)


def medians(pairs: Pairs) -> tuple[float, float]:
    """Of each side alone."""
    mine, other = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(other)


def milliseconds(work: Work) -> float:
    return seconds(work) * 1e3


def seconds(work: Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def warm(work: Work) -> float:
    """Milliseconds of a call that follows others of its own."""
    time.sleep(REST)
    for _ in range(WARM):
        work()
    return milliseconds(work)


def pair(name: str, ours: Work, theirs: Work, against: str, target: str) -> Row:
    """Time both in turn, each warm: after calls of its own. Milliseconds; smaller is better."""
    ours(), theirs()
    times: list[tuple[float, float]] = []
    began = time.perf_counter()
    while len(times) < LEAST or time.perf_counter() - began < SECONDS:
        times.append((warm(ours), warm(theirs)))
    return compared(f"{name} (ms)", times, against, target, ".1f")
