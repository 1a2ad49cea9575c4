"""Is a program that is killed at any moment whole again when it starts next?

    python -m tests.faults --rounds 50      (make faults)

A process downloads a model from a Hub, converts, loads and asks it; it is killed (SIGKILL) when it
has told that it is at one of these, a little later. The next round begins with what is left. At the
end one is left alone: it must answer as if nothing had been, out of files that verify, with no file
beside them and no process left over. tests/test_faults.py runs one round of each.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from pipelines import Playground
from pipelines.playground import Answer
from pipelines.settings import Settings
from tests.hub import Hub

ROOT = Path(__file__).parents[1]
MODEL = "ada/bert"
TASK, INPUTS = "text-classification", {"text": "the lion sleeps"}
# What the process tells when it begins with one.
MOMENTS = {
    "download": "Checking whether",  # its small files; the weights come next
    "conversion": "Converting once",
    "answer": "{",
    "load": "Loading",
}
LATER = 0.5  # seconds after which it is killed, at most
SLOW = 30_000  # bytes a second, while it is to be killed in its download
PATIENCE = 120.0
UNFINISHED = ("*.part", "*.incomplete", "*.coming*", "*.wheels", "*.tmp", "tmp*")


def answer(cache: Path) -> None:
    """The process: print what it is told, line by line, and last the answer as JSON."""
    settings = Settings(cache=cache, sources="cache,hub", threads=1)
    playground = Playground(settings)
    for event in playground.stream(TASK, INPUTS, MODEL, {}, threading.Event()):
        if isinstance(event, Answer):
            print(json.dumps({"answer": event.value}), flush=True)
        else:
            print(asdict(event)["text"], flush=True)


class World:
    """A Hub with the model, and the folders of the processes."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        from tests.tiny import build  # imports torch, which the processes do without

        self.hub, self.folder = hub, folder
        hub.publish(MODEL, build("bert-sequence-classification", folder / "made"))
        self.cache, self.files = folder / "cache", folder / "hub"

    def start(self) -> "subprocess.Popen[str]":
        """One more process."""
        known = {"HF_HOME": str(self.files), "HF_ENDPOINT": self.hub.url}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults", "--answer", str(self.cache)],
            cwd=ROOT,
            env={**os.environ, **known},
            stdout=subprocess.PIPE,
            text=True,
        )

    def killed(self, moment: str, later: float) -> bool:
        """Kill a process at this moment; False if it was not at it, since all was there already."""
        if moment == "download":
            self.hub.slow("model.safetensors", SLOW)
        process = self.start()
        assert process.stdout
        with process.stdout:
            lines = list(_until(process.stdout, MOMENTS[moment]))
            time.sleep(later)
            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.hub.heal()
        _, alive = psutil.wait_procs(children, PATIENCE)
        assert not alive, f"{alive} went on without its parent"
        return any(MOMENTS[moment] in line for line in lines)

    def answered(self) -> Any:
        """What a process that is left alone answers."""
        process = self.start()
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
        return json.loads(said.splitlines()[-1])["answer"]

    def kept(self) -> list[str]:
        """The files of all folders but the locks."""
        files = [path for root in (self.cache, self.files) for path in root.rglob("*")]
        named = [path.relative_to(self.folder).as_posix() for path in files if path.is_file()]
        return sorted(name for name in named if not name.endswith(".lock") and "locks" not in name)

    def stray(self) -> list[str]:
        """What is left of something that did not come to its end."""
        roots = (self.cache, self.files)
        return sorted(str(path) for root in roots for one in UNFINISHED for path in root.rglob(one))

    def forget(self, moment: str) -> None:
        """Make the next process come to this moment again."""
        folders = {"download": [self.files, self.cache], "conversion": [self.cache]}
        for folder in folders.get(moment, []):
            if folder.exists():
                folder.rename(self.folder / f"before-{time.monotonic_ns()}")


def _until(lines: Any, words: str) -> Iterator[str]:
    for line in lines:
        yield line
        if words in line:
            return


def rounds(world: World, moments: list[str], seed: int = 0) -> int:
    """Kill a process at each of these moments; how many were met."""
    drawn = random.Random(seed)
    return sum(world.killed(one, drawn.uniform(0, LATER)) for one in moments)


def main() -> None:
    """Kill many, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answer", type=Path, help="be the process, with this cache")
    parser.add_argument("--rounds", type=int, default=50)
    given = parser.parse_args()
    if given.answer:
        answer(given.answer)
        return
    with tempfile.TemporaryDirectory() as folder, Hub() as hub:
        world = World(hub, Path(folder))
        right, kept = world.answered(), world.kept()
        met = 0
        for number in range(given.rounds):
            moment = list(MOMENTS)[number % len(MOMENTS)]
            world.forget(moment)
            met += rounds(world, [moment], number)
            again = world.answered()
            assert again == right, f"after a kill at {moment}: {again}, not {right}"
            assert world.kept() == kept, f"after a kill at {moment}: {world.kept()}"
            print(f"{number + 1}: killed at {moment}, whole again", flush=True)
    print(f"{met} of {given.rounds} were killed at their moment; all were whole again.")


if __name__ == "__main__":
    main()
