"""Turns on a model: by the pass, to whoever has had least, and never to one who has stopped."""

import threading
import time

import pytest

from pipelines.engines.turns import Share, Turns
from pipelines.errors import Cancelled
from pipelines.run import Run

PATIENCE = 20  # seconds


class Passes:
    """Runs that do passes on threads, one after the other, and the order they came in."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def begin(self, name: str, count: int, seconds: float = 0.02) -> None:
        def work() -> None:
            run = self.turns.run()
            for _ in range(count):
                with run.turn():
                    self.order.append(name)
                    time.sleep(seconds)

        self.threads.append(threading.Thread(target=work, daemon=True))
        self.threads[-1].start()

    def until(self, passes: int) -> None:
        ends = time.monotonic() + PATIENCE
        while len(self.order) < passes:
            assert time.monotonic() < ends
            time.sleep(0.001)

    def end(self) -> list[str]:
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        return self.order


def test_a_short_run_has_its_turns_amid_a_long_one() -> None:
    passes = Passes()
    passes.begin("long", 30)
    passes.until(5)
    passes.begin("short", 2)
    order = passes.end()
    first = order.index("short")
    assert first <= 7  # the pass under way and at most one more come before
    assert order[first : first + 4].count("short") == 2


def test_long_runs_take_turns_also_with_one_that_came_late() -> None:
    passes = Passes()
    passes.begin("a", 30)
    passes.until(10)
    passes.begin("b", 10)
    order = passes.end()
    shared = order[order.index("b") : len(order) - order[::-1].index("b")]
    assert 7 <= shared.count("a") <= 13  # neither catches up nor waits for the other's end


def test_a_long_run_is_not_kept_waiting_by_ever_more_short_ones() -> None:
    passes = Passes()
    passes.begin("long", 3)
    for _ in range(4):
        passes.begin("short", 1)
    for so_far in range(2, 40):  # whenever one has ended another begins
        passes.until(so_far)
        passes.begin("short", 1)
    order = passes.end()
    assert [n for n, name in enumerate(order) if name == "long"][-1] < len(order) / 2


def test_who_stops_while_waiting_gives_its_place_up() -> None:
    turns, cancel, left = Turns(), threading.Event(), threading.Event()

    def wait(run: Share) -> None:
        with Run(cancel=cancel).active(), pytest.raises(Cancelled), run.turn():
            pass
        left.set()

    with turns.run().turn():
        thread = threading.Thread(target=wait, args=(turns.run(),), daemon=True)
        thread.start()
        cancel.set()
        assert left.wait(PATIENCE)
    with turns.run().turn():  # nobody is before this one
        pass


def test_a_pass_that_fails_gives_its_turn_to_the_next() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.run().turn():
        raise ZeroDivisionError
    with turns.run().turn():
        pass
