"""The largest inputs that pass the limits, and what the process holds after each.

`python -m tests.largest_inputs WAIT [TASK …]` answers, for each task's starter, a small input and
then the largest one, and prints a line of JSON: what is resident after the small one, the most
while the large one ran, right after it, and WAIT seconds later. In a process of its own, for memory
that one test has freed hides what another takes.
"""

import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from pipelines import Playground
from pipelines.inputs import Audio, Image, Labels
from pipelines.memory import resident_bytes
from pipelines.registry import tasks
from pipelines.run import Request
from pipelines.settings import Settings, from_environment
from pipelines.task import Parameter, Task

ROOT = Path(__file__).parents[1]
WORDS = "the old library by the river opened again on a rainy morning in may and many people came"
MASK = "[MASK] "
SECONDS, WIDTH, CHARACTERS = 5, 640, 60  # of a small sound, picture and text


def inputs(task: Task, large: bool, settings: Settings, folder: Path) -> dict[str, Any]:
    """One value for each input of the task."""
    return {one.name: value(one, large, settings, folder, task) for one in task.inputs}


def value(one: Parameter[Any], large: bool, settings: Settings, folder: Path, task: Task) -> Any:
    match one.spec:
        case Image():
            return picture(folder, settings.max_megapixels * 10**6 if large else WIDTH * WIDTH)
        case Audio():
            return speech(folder, settings.max_audio_seconds if large else SECONDS)
        case Labels():
            return [f"label number {n}" for n in range(settings.max_labels if large else 2)]
        case _:  # a text or a conversation; without a full stop, which is harder
            start = MASK if task.id == "fill-mask" else ""
            length = settings.max_characters - len(start) if large else CHARACTERS
            words = random.Random(1).choices(WORDS.split(), k=length)
            return start + " ".join(words)[:length]


def picture(folder: Path, pixels: int) -> Path:
    side = int(pixels**0.5)
    path = folder / f"{pixels}.jpg"
    coarse = np.random.default_rng(1).integers(0, 256, (side // 16, side // 16, 3), np.uint8)
    Pillow.fromarray(coarse).resize((side, side)).save(path, quality=70)
    return path


def speech(folder: Path, seconds: int) -> tuple[int, Any]:
    """Speech again and again; read by the sound's own decoder."""
    sound = Audio().read(ROOT / "assets/examples/weather.mp3", Settings(cache=folder))
    samples = np.resize(sound.samples, seconds * sound.sampling_rate)
    return sound.sampling_rate, samples


@contextmanager
def peak() -> Iterator[list[int]]:
    """The most that is resident while the block runs, in a list's one place."""
    most, ended = [resident_bytes()], threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            most[0] = max(most[0], resident_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


def measure(playground: Playground, task: Task, wait: float) -> dict[str, Any]:
    """What is resident before, while, and after the task's starter has the largest input."""
    short = {"max_new_tokens": 8} if any(o.name == "max_new_tokens" for o in task.options) else {}

    def answer(large: bool) -> None:
        for _ in playground.stream_request(Request(task.id, given[large], short), cancel):
            pass

    cancel = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        given = [inputs(task, large, playground.settings, Path(folder)) for large in (False, True)]
        answer(False)
        small = resident_bytes()
        began = time.perf_counter()
        with peak() as most:
            answer(True)
        seconds = time.perf_counter() - began
        after = resident_bytes()
    time.sleep(wait)
    return {
        "task": task.id,
        "small": small,
        "peak": most[0],
        "after": after,
        "later": resident_bytes(),
        "seconds": seconds,
    }


if __name__ == "__main__":
    wait, *names = sys.argv[1:]
    shared = Playground(from_environment())
    for known in tasks().values():
        if not names or known.id in names:
            print(json.dumps(measure(shared, known, float(wait))), flush=True)
            shared.cache.close()
