"""Replicas on Ray, here, against one plain playground: a call's overhead, answers a second, a loss.

Both have the machine's cores: the plain playground and one replica all of them, two replicas half
each. Calls are text-classification by the starter, asked through the playgrounds, without HTTP.
"""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import psutil

from benchmarks.pairs import compared, medians, milliseconds
from benchmarks.report import Row
from benchmarks.side_by_side import TEXT, USERS, a_second
from pipelines import Playground
from pipelines.run import Request
from pipelines.settings import from_environment
from tests.waiting import until

if TYPE_CHECKING:
    from cluster.playground import ClusterPlayground

CALLS = 300  # pairs, for the overhead
ROUNDS = 3
SECONDS = 5.0  # a round
PATIENCE = 120.0
KILLS = {1: 1, 2: 3}  # by the number of replicas: a new one takes its time to start
ASKED = Request("text-classification", {"text": TEXT})


def run() -> list[Row]:
    """All rows."""
    plain = Playground(from_environment())
    rows = []
    for count in (1, 2):
        with _cluster(count) as front:
            if count == 1:
                rows.append(_overhead(plain, front))
            pairs = [(_answers(front), _answers(plain)) for _ in range(ROUNDS)]
            name = f"{count} replica{'s' if count > 1 else ''}, {USERS} users at once, answers/s"
            rows.append(compared(name, pairs, "plain", "≥ 0.7", ".0f"))
            rows.append(_loss(front, count, "≤ 30" if count == 1 else "≤ 2"))
    plain.cache.close()
    return rows


@contextmanager
def _cluster(count: int) -> Iterator["ClusterPlayground"]:
    """A cluster of its own with so many replicas, which share the cores and have the model."""
    from ray import serve

    from cluster.deployment import join

    settings = from_environment(
        cluster="local", min_replicas=count, max_replicas=count, memory_gb=2
    )
    front = join(settings)
    try:
        until(lambda: len(front.cache.states) == count, PATIENCE)
        while len([one for one in front.cache.states if one.loaded]) < count:
            _answers(front, 1)
        yield front
    finally:
        serve.shutdown()
        front.close()


def _ask(playground: Playground) -> None:
    for _ in playground.stream_request(ASKED, threading.Event()):
        pass


def _overhead(plain: Playground, front: Playground) -> Row:
    """The median of what a call through the cluster takes longer than the one beside it."""
    pairs = [
        (milliseconds(lambda: _ask(front)), milliseconds(lambda: _ask(plain)))
        for _ in range(CALLS + 20)
    ][20:]
    more = statistics.median(mine - other for mine, other in pairs)
    mine, other = medians(pairs)
    return Row(
        "one call (ms); the ratio is their difference",
        f"{mine:.1f}",
        f"plain: {other:.1f}",
        more,
        "≤ 5",
    )


def _answers(playground: Playground, duration: float = SECONDS) -> float:
    return a_second(partial(_ask, playground), USERS, duration)


def _loss(front: "ClusterPlayground", count: int, target: str) -> Row:
    """From the kill of the replica that answers to the next answer, for one who asks all the time;
    with others left that one of them gives, else by the replica that takes its place."""
    cache = front.cache
    taken, killed = [], set[int]()
    for _ in range(KILLS[count]):
        until(lambda: len({one.process for one in cache.states} - killed) == count, PATIENCE)
        until(
            lambda: any(one.loaded for one in cache.states if one.process not in killed), PATIENCE
        )
        victims = {one.process for one in cache.states if one.loaded} - killed
        began = time.perf_counter()
        killed.add(victim := victims.pop())
        psutil.Process(victim).kill()
        _ask(front)
        taken.append(time.perf_counter() - began)
        _ask(front)
    worst = max(taken)
    left = "others left" if count > 1 else "none left"
    name = f"from a kill to the next answer (s), {left}, the longest of {KILLS[count]}"
    return Row(name, f"{statistics.median(taken):.2f} (median)", "within", worst, target)
