"""Resident memory: all starters loaded, and after the largest input of each task.

For the largest input that passes the default limits a process of its own says what it holds right
after it, against the budget, and a minute later, against that moment. The starters answer once
each, one after the other in one process, and stay.
"""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.report import Row
from pipelines.registry import tasks
from pipelines.settings import Settings

ROOT = Path(__file__).parents[1]
ALL_STARTERS = 1200.0  # megabytes
MINUTE = 60
LOADED = """
from benchmarks.first_answer import ASKED
from pipelines.memory import resident_bytes
from pipelines.playground import run
for task, inputs, options in ASKED:
    run(task, *inputs, **options)
print(resident_bytes())
"""


def run() -> list[Row]:
    """All starters, then task by task."""
    held = int(_output(["-c", LOADED]).split()[-1]) / 1e6
    limit = f"within: {ALL_STARTERS:.0f}"
    rows = [Row("all starters loaded (MB)", f"{held:.0f}", limit, held / ALL_STARTERS, "≤ 1")]
    budget = Settings().memory_bytes / 1e6
    for task in tasks():
        line = json.loads(_output(["-m", "tests.largest_inputs", str(MINUTE), task]))
        small, peak, after, later = (line[k] / 1e6 for k in ("small", "peak", "after", "later"))
        told = f"{after:.0f} (after a small input {small:.0f}, most {peak:.0f})"
        name = f"{task}, after the largest input (MB)"
        rows.append(Row(name, told, f"budget: {budget:.0f}", after / budget, "≤ 1.2"))
        name = f"{task}, a minute later (MB)"
        rows.append(Row(name, f"{later:.0f}", f"right after: {after:.0f}", later / after, "≤ 1.1"))
    return rows


def _output(arguments: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout
