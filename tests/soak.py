"""Many users at once, mixed over all tasks, for a while: are answers right, does it all go back?

    python -m tests.soak --users 50 --minutes 10      (make soak)

Each question is asked alone first; what users get must be the same. Texts are many, so that an
answer that belongs to somebody else is noticed. tests/test_soak.py runs a short form of it.
"""

import argparse
import base64
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from pipelines.folders import ASSETS
from tests.conftest import served

EXAMPLES = ASSETS / "examples"
PATIENCE = 600.0
SETTLE_SECONDS = 60.0
WARM_UP = 2  # rounds of all questions before anything is counted
TOLERANCE = 0.02
# What a program may keep that it had not before: a connection, a thread of a library.
MORE = {"threads": 10, "file descriptors": 10, "children": 0}
CAPITALS = {"France": "Paris", "Germany": "Berlin", "Italy": "Rome"}
CLAIMS = ["I love it.", "I hate it.", "The food was awful.", "What a wonderful day!"]
FACTS = {"Ada": "London", "Emil": "Berlin", "Zoe": "Paris"}


@dataclass(frozen=True)
class Question:
    """What is asked of a task; `seen` makes of the answer what must always be the same."""

    task: str
    body: dict[str, Any] | bytes
    seen: Callable[[httpx.Response], Any]

    def ask(self, client: httpx.Client) -> httpx.Response:
        """Ask it."""
        address = f"/hf/tasks/{self.task}"
        if isinstance(self.body, bytes):
            kind = {"Content-Type": "application/octet-stream"}
            return client.post(address, content=self.body, headers=kind)
        return client.post(address, json=self.body)


@dataclass
class Report:
    """What users saw, and what the process held before and after."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    page_seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)

    def kept(self) -> dict[str, float]:
        """What did not go back."""
        more = {key: self.after[key] - self.before[key] for key in MORE}
        return {key: number for key, number in more.items() if number > MORE[key]}

    def lines(self) -> list[str]:
        """The figures for a person."""
        told = [f"{'task':32}{'answers':>8}{'median':>9}{'p95':>9}"]
        for name, seconds in [*sorted(self.seconds.items()), ("the page", self.page_seconds)]:
            if len(seconds) > 1:
                p95 = statistics.quantiles(seconds, n=20)[-1]
                median = statistics.median(seconds)
                told.append(f"{name:32}{len(seconds):8}{median:8.2f}s{p95:8.2f}s")
        told += [f"{key}: {self.before[key]:g} → {self.after[key]:g}" for key in self.before]
        return [*told, f"wrong answers: {len(self.wrong)}", *self.wrong[:10]]


def same(one: Any, other: Any) -> bool:
    """Whether two answers are the same, but for how numbers round in batches of other sizes."""
    if isinstance(one, list) and isinstance(other, list):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(same(*pair) for pair in pairs)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= TOLERANCE * max(1, abs(one))
    return bool(one == other)


def whole(answer: httpx.Response) -> Any:
    """All of it."""
    return answer.json()


def best(answer: httpx.Response) -> Any:
    """The first label or word."""
    value = answer.json()
    value = value[0] if isinstance(value[0], list) else value
    return value[0].get("label") or value[0]["sequence"]


def capitals(answer: httpx.Response) -> Any:
    """Which of those that are asked for it names."""
    return [one for one in CAPITALS.values() if one in answer.text]


def is_sound(answer: httpx.Response) -> Any:
    """Voices vary; that it is one is all that is the same."""
    return answer.content[:4]


def questions() -> list[Question]:
    """Some for each of the sixteen tasks."""
    cat, dog = ((EXAMPLES / f"{name}.jpg").read_bytes() for name in ("cat", "dogs"))
    weather, french = ((EXAMPLES / f"{n}.mp3").read_bytes() for n in ("weather", "french"))
    asked = [Question("text-classification", {"inputs": one}, whole) for one in CLAIMS]
    asked += [Question("feature-extraction", {"inputs": one}, whole) for one in CLAIMS]
    labels = {"candidate_labels": ["praise", "complaint"]}
    asked += [
        Question("zero-shot-classification", {"inputs": one, "parameters": labels}, best)
        for one in CLAIMS
    ]
    for name, city in FACTS.items():
        text = f"{name} lives in {city}."
        inputs = {"question": f"Where does {name} live?", "context": text}
        asked += [
            Question("question-answering", {"inputs": inputs}, whole),
            Question("token-classification", {"inputs": text}, whole),
            Question("fill-mask", {"inputs": f"{city} is a [MASK]."}, best),
            Question("translation", {"inputs": f"{name} is in the garden."}, whole),
            Question("text-to-speech", {"inputs": text}, is_sound),
        ]
    short = {"parameters": {"max_new_tokens": 12, "temperature": 0}}
    asked += [
        Question("text-generation", {"inputs": f"The capital of {one} is", **short}, capitals)
        for one in CAPITALS
    ]
    long = " ".join(
        f"{claim} It happened in {city}." for claim in CLAIMS for city in FACTS.values()
    )
    asked.append(Question("summarization", {"inputs": long}, whole))
    for picture in (cat, dog):
        asked += [
            Question("image-classification", picture, best),
            Question("object-detection", picture, whole),
            Question("image-to-text", picture, whole),
        ]
        encoded = base64.b64encode(picture).decode()
        seen = {"image": encoded, "text": "What animal is this?"}
        asked.append(Question("image-text-to-text", {"inputs": seen}, whole))
    for sound in (weather, french):
        asked += [
            Question("automatic-speech-recognition", sound, whole),
            Question("audio-classification", sound, best),
        ]
    return asked


def soak(url: str, process: psutil.Process, users: int, seconds: float) -> Report:
    """Have so many users ask for so long."""
    report, asked = Report(), questions()
    with httpx.Client(base_url=url, timeout=PATIENCE) as client:
        for _ in range(WARM_UP):
            right = [one.seen(one.ask(client).raise_for_status()) for one in asked]
    report.before = held(process)
    lock, ends = threading.Lock(), time.monotonic() + seconds

    def user(number: int) -> None:
        drawn = random.Random(number)
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            while time.monotonic() < ends:
                at = drawn.randrange(len(asked))
                began = time.perf_counter()
                answer = asked[at].ask(client)
                took = time.perf_counter() - began
                good = answer.status_code == 200 and same(asked[at].seen(answer), right[at])
                with lock:
                    report.seconds[asked[at].task].append(took)
                    if not good:
                        got = answer.text[:200] if answer.status_code != 200 else answer.text[-200:]
                        report.wrong.append(f"{asked[at].task}: {answer.status_code} {got}")

    def visitor() -> None:
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            while time.monotonic() < ends:
                began = time.perf_counter()
                client.get("/").raise_for_status()
                report.page_seconds.append(time.perf_counter() - began)
                time.sleep(1)

    with ThreadPoolExecutor(users + 1) as pool:
        running = [pool.submit(user, number) for number in range(users)]
        running.append(pool.submit(visitor))
        for one in running:
            one.result()
    with httpx.Client(base_url=url, timeout=PATIENCE) as client:
        report.after = settled(process, report.before, lambda: asked[0].ask(client))
    return report


def held(process: psutil.Process) -> dict[str, float]:
    """What a process holds that must go back."""
    memory = round(process.memory_info().rss / 1e6)
    return {
        "threads": process.num_threads(),
        "file descriptors": process.num_fds(),
        "children": len(process.children(recursive=True)),
        "memory, MB": memory,
    }


def settled(
    process: psutil.Process, before: dict[str, float], ask: Callable[[], Any]
) -> dict[str, float]:
    """The same once it is back, or has had its time. Threads that have had nothing to do for ten
    seconds end when the next call comes (anyio)."""
    ends = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < ends:
        ask()
        after = held(process)
        if all(after[key] <= before[key] + MORE[key] for key in MORE):
            break
        time.sleep(1)
    return after


def process_at(url: str) -> psutil.Process:
    """Who listens there."""
    port = int(url.rpartition(":")[2])
    listening = psutil.net_connections("tcp")
    found = (c.pid for c in listening if c.status == "LISTEN" and c.laddr and c.laddr.port == port)
    return psutil.Process(next(found))


def main() -> None:
    """Start an app, soak it, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url:
        report = soak(url, process_at(url), given.users, given.minutes * 60)
    print("\n".join(report.lines()))
    sys.exit(bool(report.wrong or report.kept()))


if __name__ == "__main__":
    main()
