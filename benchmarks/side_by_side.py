"""Eight users of one model that answers in one pass, against one user: answers a second.

Each asks again and again on a thread of its own, through the playground as a page's visitors do.
"""

import threading
import time
from collections.abc import Callable

from benchmarks.pairs import compared
from benchmarks.report import Row
from pipelines import Playground
from pipelines.run import Request
from pipelines.settings import from_environment

USERS = 8
SECONDS = 4.0  # a round
ROUNDS = 5
TASKS = ("text-classification", "feature-extraction")
TEXT = "The new library is a joy to work in, every single day."


def run() -> list[Row]:
    """The ratio for each task's starter."""
    playground = Playground(from_environment())
    rows = []
    for task in TASKS:
        _answers(playground, task, 1)  # loads the model
        pairs = [
            (_answers(playground, task, USERS), _answers(playground, task, 1))
            for _ in range(ROUNDS)
        ]
        name = f"{task}, {USERS} users at once, answers/s"
        rows.append(compared(name, pairs, "one user", "≥ 1.5", ".0f"))
    playground.cache.close()
    return rows


def _answers(playground: Playground, task: str, users: int) -> float:
    def ask() -> None:
        for _ in playground.answers(Request(task, {"text": TEXT})):
            pass

    return a_second(ask, users, SECONDS)


def a_second(ask: Callable[[], None], users: int, duration: float) -> float:
    """Answers a second that so many users get together, who ask for so many seconds."""
    counts, end = [0] * users, threading.Event()

    def go_on(user: int) -> None:
        while not end.is_set():
            ask()
            counts[user] += 1

    threads = [threading.Thread(target=go_on, args=(user,)) for user in range(users)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(duration)
    end.set()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)
