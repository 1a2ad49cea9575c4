"""Two ways to do the same, timed in turn on one machine; the median of their ratios counts."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.report import Row

SECONDS = 10.0  # a pair
LEAST = 5  # pairs, however long one takes
REST = 0.05  # seconds: OpenMP's threads, torch's, keep a core busy for a while after a pass
Work = Callable[[], Any]


def seconds(work: Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _rested(work: Work) -> float:
    time.sleep(REST)
    return seconds(work)


def pair(name: str, ours: Work, theirs: Work, against: str, target: str) -> Row:
    """Time both in turn, after one call of each to warm up. Milliseconds; smaller is better."""
    ours(), theirs()
    times: list[tuple[float, float]] = []
    began = time.perf_counter()
    while len(times) < LEAST or time.perf_counter() - began < SECONDS:
        times.append((_rested(ours), _rested(theirs)))
    ratio = statistics.median(mine / other for mine, other in times)
    mine, other = (statistics.median(one[i] for one in times) * 1e3 for i in (0, 1))
    return Row(f"{name} (ms)", f"{mine:.1f}", f"{against}: {other:.1f}", ratio, target)
