"""Whose turn is next, and what those who wait are told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pipelines.caller import Caller
from pipelines.errors import Cancelled
from pipelines.fair_queue import FairQueue
from pipelines.progress import Progress
from pipelines.run import Run

PATIENCE = 10.0


class Visitors:
    """Runs of visitors on one queue, each held until it is let go."""

    def __init__(self, places: int) -> None:
        self.queue, self.places = FairQueue(), places
        self.begun: list[str] = []
        self.told: dict[str, list[str]] = {}
        self.runs: dict[str, Run] = {}
        self._changed = threading.Condition()
        self._ends: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def ask(self, name: str) -> None:
        """Visitor `name[0]` asks for a run, which is seen to begin or to wait."""
        said = self.told[name] = []
        ends = self._ends[name] = threading.Event()

        def report(progress: Progress) -> None:
            with self._changed:
                said.append(progress.text)
                self._changed.notify_all()

        run = self.runs[name] = Run(report, caller=Caller(name[0]))

        def work() -> None:
            with run.active():
                try:
                    with self.queue.place(self.places):
                        with self._changed:
                            self.begun.append(name)
                            self._changed.notify_all()
                        ends.wait(PATIENCE)
                except Cancelled:
                    pass

        thread = threading.Thread(target=work)
        self._threads.append(thread)
        thread.start()
        self.until(lambda: name in self.begun or bool(said))

    def end(self, name: str) -> None:
        self._ends[name].set()

    def until(self, happened: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(happened, PATIENCE)

    def close(self) -> None:
        for ends in self._ends.values():
            ends.set()
        for thread in self._threads:
            thread.join(PATIENCE)


@contextmanager
def visitors(places: int = 1) -> Iterator[Visitors]:
    made = Visitors(places)
    try:
        yield made
    finally:
        made.close()


def test_a_visitors_second_run_waits_behind_the_first_ones_of_others() -> None:
    with visitors() as all_of_them:
        for name in ("a1", "a2", "a3", "b1", "c1"):
            all_of_them.ask(name)
        order = ["a1", "b1", "c1", "a2", "a3"]
        for at, name in enumerate(order):
            all_of_them.until(lambda at=at: len(all_of_them.begun) > at)  # type: ignore[misc]  # a lambda with a default
            assert all_of_them.begun == order[: at + 1]
            all_of_them.end(name)


def test_who_had_a_turn_lately_comes_after_who_had_none() -> None:
    with visitors() as all_of_them:
        for name in ("a1", "b1"):
            all_of_them.ask(name)
        all_of_them.end("a1")
        all_of_them.until(lambda: all_of_them.begun == ["a1", "b1"])
        for name in ("b2", "c1"):
            all_of_them.ask(name)
        all_of_them.end("b1")
        all_of_them.until(lambda: len(all_of_them.begun) == 3)
        assert all_of_them.begun[2] == "c1"


def test_who_comes_late_has_nothing_saved_up() -> None:
    with visitors() as all_of_them:
        all_of_them.ask("b0")  # so that the queue is never empty, and forgets nobody
        for number in range(4):
            all_of_them.ask(f"a{number}")
        for at, name in enumerate(("b0", "a0", "a1", "a2")):
            all_of_them.end(name)
            all_of_them.until(lambda at=at: len(all_of_them.begun) == at + 2)  # type: ignore[misc]  # a lambda with a default
        for name in ("a4", "c1", "c2"):
            all_of_them.ask(name)
        for name in ("a3", "c1", "a4", "c2"):
            all_of_them.until(lambda name=name: all_of_them.begun[-1] == name)  # type: ignore[misc]  # a lambda with a default
            all_of_them.end(name)


def test_places_that_nobody_else_wants_are_one_visitors() -> None:
    with visitors(places=3) as all_of_them:
        for name in ("a1", "a2", "a3"):
            all_of_them.ask(name)
        assert all_of_them.begun == ["a1", "a2", "a3"]


def test_the_place_is_told_in_people() -> None:
    with visitors() as all_of_them:
        for name in ("a1", "b1", "c1", "a2"):
            all_of_them.ask(name)
        said = {name: told[-1] for name, told in all_of_them.told.items() if told}
        assert said == {
            "b1": "Queued: 1 person before you",
            "c1": "Queued: 2 people before you",
            "a2": "Queued: 2 people before you",
        }


def test_who_waits_for_their_own_run_is_told_so() -> None:
    with visitors() as all_of_them:
        all_of_them.ask("a1")
        all_of_them.ask("a2")
        assert all_of_them.told["a2"][-1] == "Queued: 1 of your runs before this one"


def test_who_gives_up_leaves_their_place_to_the_next() -> None:
    with visitors() as all_of_them:
        for name in ("a1", "b1", "c1"):
            all_of_them.ask(name)
        all_of_them.runs["b1"].cancel.set()
        all_of_them.until(lambda: all_of_them.told["c1"][-1] == "Queued: 1 person before you")
        all_of_them.end("a1")
        all_of_them.until(lambda: all_of_them.begun == ["a1", "c1"])


def test_a_run_that_fails_leaves_its_place() -> None:
    queue = FairQueue()
    with pytest.raises(ZeroDivisionError), queue.place(1):
        raise ZeroDivisionError
    with queue.place(1):
        pass
