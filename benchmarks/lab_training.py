"""Lab 2's preset from beginning to end, about two minutes.

How far held-out perplexity falls, the held-out instructions answered exactly before and after
tuning, and the seconds, by the clock and of processor time. It runs in a process of its own, as the
page runs it, but not at low priority.
To see what a laptop without the newest instructions does, set ONEDNN_MAX_CPU_ISA=AVX2 and
ATEN_CPU_CAPABILITY=avx2.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Row
from pipelines.labs.training.recipe import Recipe, predict

WITHIN = 180.0  # seconds on two cores


def run() -> list[Row]:
    """One run of the preset, from the start of its process to the last model saved."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pipelines.labs.training.train", "--run", folder],
            cwd=Path(__file__).parents[1],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds = time.perf_counter() - began
        told = [json.loads(line) for line in (Path(folder) / "events.jsonl").open()]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    perplexity = [event["perplexity"] for event in told if event["event"] == "held_out"]
    exact = [event["right"] / event["of"] for event in told if event["event"] == "exact"]
    busy = f"{seconds:.0f} ({processor:.0f} of a processor; load {os.getloadavg()[0]:.1f})"
    predicted = f"within: {WITHIN:.0f} (predicted {predict(Recipe()).seconds:.0f})"
    return [
        Row(
            "lab 2: fall of held-out perplexity",
            f"pretrained: {perplexity[-1]:.2f}",
            f"random weights: {perplexity[0]:.0f}",
            perplexity[0] / perplexity[-1],
            "≥ 20",
        ),
        Row("lab 2: exact answers after tuning", f"{exact[-1]:.2f}", "all", exact[-1], "≥ 0.8"),
        Row("lab 2: exact answers before tuning", f"{exact[0]:.2f}", "all", exact[0], "≤ 0.1"),
        Row("lab 2: both phases (s)", busy, predicted, seconds / WITHIN, "≤ 1"),
    ]
