"""One run of lab 2 as others see it and as a file in its folder keeps it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

State = Literal["queued", "running", "pausing", "paused", "stopping", "stopped", "done", "failed"]
ALIVE: tuple[State, ...] = ("queued", "running", "pausing", "paused", "stopping")
WORKING: tuple[State, ...] = ("running", "pausing", "stopping")
PLACED: tuple[State, ...] = ("queued", *WORKING)  # has a place in the queue
STATE = "state.json"


@dataclass(frozen=True, slots=True)
class Run:
    """What a page needs to know of a run. `turn` orders the queue; `place` is 1 for the next.

    `server` is the server process that owns it: another server on this cache leaves it alone.
    """

    name: str
    user: str
    state: State
    turn: int
    why: str = ""
    place: int = 0
    server: int = 0
    network: str = ""

    def write(self, folder: Path) -> None:
        """Keep it; a reader finds this or what was kept before it."""
        new = folder / "state.new"
        new.write_text(json.dumps(asdict(self)))
        os.replace(new, folder / STATE)


def serves(server: int, path: Path) -> bool:
    """Whether another server, no younger than the file it wrote, still runs: ids are reused."""
    if server in (0, os.getpid()):
        return False
    try:
        return psutil.Process(server).create_time() <= path.stat().st_mtime
    except psutil.Error:
        return False
