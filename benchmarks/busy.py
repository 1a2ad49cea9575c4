"""text-generation beside programs that take all cores: waiting threads sleep soon, or spin.

The same text in processes of their own: with the playground's setting (`pipelines.openmp`) and with
libgomp's default, in turn; once on cores that nobody else uses and once beside two busy programs a
core.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.pairs import compared
from benchmarks.report import Row

ROOT = Path(__file__).parents[1]
RUNS = 3
LIBGOMP_SPINS = "300000"  # its default, from env.c of GCC
ASKED = """
import time
from pipelines.playground import run
run("text-generation", "Hi", max_new_tokens=1)
began = time.perf_counter()
run("text-generation", "The sea, the sea,", mode="continue", max_new_tokens=40, seed=0)
print(time.perf_counter() - began)
"""


def run() -> list[Row]:
    """On quiet cores, then on busy ones."""
    rows = [_row("on quiet cores", "≤ 1.1")]
    with _busy(2 * (os.cpu_count() or 1)):
        return [*rows, _row("beside two busy programs a core", "≤ 0.5")]


def _row(where: str, target: str) -> Row:
    pairs = [(_seconds({}), _seconds({"GOMP_SPINCOUNT": LIBGOMP_SPINS})) for _ in range(RUNS)]
    name = f"text-generation {where}, s for 40 tokens"
    return compared(name, pairs, "libgomp's default", target, ".2f")


def _seconds(environment: dict[str, str]) -> float:
    inherited = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        cwd=ROOT,
        env={**inherited, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout.split()[-1])


@contextmanager
def _busy(programs: int) -> Iterator[None]:
    """So many programs that only compute, until the block ends."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: 0"]) for _ in range(programs)]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()
