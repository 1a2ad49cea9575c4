"""Killed at any moment, the program is whole again when it starts next."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import MOMENTS, ROOT, World, rounds
from tests.hub import Hub

pytestmark = pytest.mark.slow


def test_a_conversion_ends_with_the_process_that_began_it() -> None:
    code = """
import time
from pipelines.engines.conversion import run_child
run_child(lambda *_: time.sleep(100), ["", "", "", "", "1"])
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdin
        child.stdin.close()  # as the kernel does for a parent that was killed
        assert child.wait(60) == 1


def test_a_program_that_was_killed_at_every_step_answers_out_of_whole_files(tmp_path: Path) -> None:
    with Hub() as hub:
        world = World(hub, tmp_path)
        assert rounds(world, list(MOMENTS)) == len(MOMENTS)
        assert [one["label"] for one in world.answered()]
        assert world.stray() == []
        [made] = world.cache.glob("openvino/*/made.json")
        assert len(list(made.parent.parent.iterdir())) <= 2  # and its lock
