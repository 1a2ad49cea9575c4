"""Work on a thread, as events: all in order, merged where they replace each other, stopped."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.errors import Cancelled
from pipelines.events import stream
from pipelines.run import Run, current, uninterruptible
from tests.conftest import ROOT

PATIENCE = 20  # seconds
Put = Callable[[Any], None]


def test_events_come_in_order_and_then_what_the_work_raised() -> None:
    def work(put: Put) -> None:
        for n in range(3):
            put(n)
        raise ZeroDivisionError

    stop = threading.Event()
    events = stream(work, Run(), name="test", stop=stop)
    assert [next(events) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        next(events)
    assert not stop.is_set()


def test_the_work_is_done_for_the_run() -> None:
    def work(put: Put) -> None:
        put(current())

    run = Run()
    events = stream(work, run, name="test", stop=threading.Event())
    assert list(events) == [run]


def test_of_events_that_replace_each_other_the_page_draws_few_and_every_last_one() -> None:
    def work(put: Put) -> None:
        for n in range(100):
            put(n)

    merged = stream(
        work,
        Run(),
        name="test",
        stop=threading.Event(),
        every=PATIENCE,
        replaces=lambda event: True,
    )
    assert list(merged) == [0, 99]


def test_an_event_held_back_is_shown_while_the_work_goes_on() -> None:
    go_on = threading.Event()

    def work(put: Put) -> None:
        put(1)
        put(2)
        assert go_on.wait(PATIENCE)

    events = stream(
        work,
        Run(),
        name="test",
        stop=threading.Event(),
        every=0.2,
        replaces=lambda event: True,
    )
    assert [next(events), next(events)] == [1, 2]
    go_on.set()
    assert list(events) == []


def test_who_stops_does_not_wait_for_work_that_does_not_hear_it() -> None:
    run, stop, go_on, ended = Run(), threading.Event(), threading.Event(), threading.Event()

    def work(put: Put) -> None:
        put("begun")
        go_on.wait(PATIENCE)
        ended.set()

    events = stream(work, run, name="test", stop=stop, wait=False)
    assert next(events) == "begun"
    run.cancel.set()
    with pytest.raises(Cancelled):
        next(events)
    assert stop.is_set()
    assert not ended.is_set()
    go_on.set()


def test_who_stops_does_not_wait_for_what_cannot_be_interrupted() -> None:
    run, go_on = Run(), threading.Event()

    def work(put: Put) -> None:
        with uninterruptible():
            put("begun")
            go_on.wait(2 * PATIENCE)

    events = stream(work, run, name="test", stop=run.cancel, wait=False, patience=PATIENCE)
    assert next(events) == "begun"
    run.cancel.set()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        next(events)
    assert time.monotonic() - began < PATIENCE / 2
    go_on.set()


def test_who_leaves_stops_the_work_and_goes_on_when_it_has_ended() -> None:
    stop, ended = threading.Event(), threading.Event()

    def work(put: Put) -> None:
        put("begun")
        assert stop.wait(PATIENCE)
        time.sleep(0.2)
        ended.set()

    events = stream(work, Run(), name="test", stop=stop)
    assert next(events) == "begun"
    events.close()
    assert ended.is_set()


LEFT = """
import threading, time
from pipelines.events import stream
from pipelines.run import Run

stop = threading.Event()

def work(put):
    put(1)
    stop.wait(60)
    time.sleep(0.2)
    print("ended", flush=True)

left = stream(work, Run(cancel=stop), name="work", stop=stop, wait=False)
print(next(left))
"""


def test_a_process_ends_when_what_is_at_work_was_stopped() -> None:
    done = subprocess.run([sys.executable, "-c", LEFT], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, ["1", "ended"])
