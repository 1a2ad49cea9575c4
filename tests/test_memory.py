"""The largest inputs that a stranger may send leave the process about as large as they found it.

A text without a full stop once made it grow by 7 GB and stay so. Each task in a process of its own;
`make bench` measures the same with the larger limits of a program of one's own.
"""

import json
import os
import subprocess
import sys

import pytest

from pipelines.catalogue import Entry
from pipelines.registry import tasks
from tests.largest_inputs import ROOT

WAIT = 1  # seconds until it is looked at again
PEAK, STAYS = 700e6, 300e6  # bytes beyond what a small input leaves


@pytest.mark.parametrize("task", tasks())
def test_the_largest_input_takes_bounded_memory_and_gives_it_back(
    starters: list[Entry], task: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.largest_inputs", str(WAIT), task],
        cwd=ROOT,
        env={**os.environ, "PLAYGROUND_PUBLIC": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    held = json.loads(done.stdout)
    assert held["peak"] < held["small"] + PEAK
    assert held["later"] < held["small"] + STAYS
