"""Which runs may begin, and what is told of each."""

import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pipelines.caller import NOBODY, Caller
from pipelines.errors import (
    BusyError,
    Cancelled,
    InputError,
    PlaygroundError,
    RateLimitError,
    ServerStoppingError,
)
from pipelines.in_flight import NETWORK, InFlight, Watched
from pipelines.playground import Answer, Facts
from pipelines.progress import Progress
from pipelines.registry import task
from pipelines.run import Request, Run
from pipelines.settings import Settings

ADA, BOB = Caller("ada", "here"), Caller("bob", "there")
FACTS = Facts("sentiment", "Sentiment", "openvino", 0.0, 0.1, 1)
TASK = "text-classification"


def answers() -> Generator[Any, None, None]:
    yield Progress("loading", "Loading")
    yield Answer("so far")
    yield Answer("whole", FACTS)


def begin(
    in_flight: InFlight,
    caller: Caller = NOBODY,
    events: Any = answers,
    name: str = TASK,
    run: Run | None = None,
) -> Iterator[Any]:
    """A run whose first event has come."""
    run = run or Run(caller=caller)
    events = in_flight.watch(Request(name, {}), task(name), run, events)
    next(events)
    return iter(events)


def test_a_run_is_seen_while_it_goes_and_told_once_at_its_end() -> None:
    in_flight, ended = InFlight(Settings()), list[Watched]()
    in_flight.listeners.append(ended.append)
    run = begin(in_flight, ADA)
    assert [(one.task, one.model, one.stage) for one in in_flight.going()] == [
        (TASK, "auto", "loading")
    ]
    next(run)
    assert in_flight.going()[0].stage == "running"
    assert ended == []
    assert [one.value for one in run] == ["whole"]
    assert in_flight.going() == []
    [one] = ended
    assert (one.model, one.error, one.caller) == ("sentiment", None, ADA)


@pytest.mark.parametrize("error", [InputError("No."), Cancelled(), PlaygroundError("It failed.")])
def test_a_run_that_fails_is_told_with_its_error(error: PlaygroundError) -> None:
    in_flight, ended = InFlight(Settings()), list[Watched]()
    in_flight.listeners.append(ended.append)

    def fail() -> Generator[Any, None, None]:
        yield Progress("loading", "Loading")
        raise error

    run = begin(in_flight, events=fail)
    with pytest.raises(type(error)):
        next(run)
    assert [one.error for one in ended] == [error]
    assert in_flight.going() == []


def test_who_reads_no_further_has_stopped_it() -> None:
    in_flight, ended, closed = InFlight(Settings()), list[Watched](), list[int]()

    def events() -> Generator[Any, None, None]:
        try:
            yield from answers()
        finally:
            closed.append(len(ended))

    in_flight.listeners.append(ended.append)
    run: Any = begin(in_flight, events=events)
    run.close()
    assert isinstance(ended[0].error, Cancelled)
    assert closed == [0]  # it was stopped first, and told then


def test_a_full_queue_is_a_sentence_until_a_run_ends() -> None:
    in_flight = InFlight(Settings(max_runs=2))
    first = begin(in_flight, ADA)
    second = begin(in_flight, BOB)
    with pytest.raises(BusyError, match="The queue is full: 2 runs") as caught:
        begin(in_flight, Caller("cy"))
    assert caught.value.retry_after
    list(first)
    begin(in_flight, Caller("cy"))
    list(second)


def test_a_script_in_its_own_process_has_no_limits() -> None:
    in_flight = InFlight(Settings(max_runs=1, runs_per_visitor=1, runs_per_minute=1))
    assert len([begin(in_flight) for _ in range(5)]) == len(in_flight.going())


def test_one_visitor_takes_a_share_of_the_queue_and_one_network_half_of_it() -> None:
    in_flight = InFlight(Settings(max_runs=4, runs_per_visitor=1))
    going = [begin(in_flight, ADA)]
    with pytest.raises(BusyError, match="1 of your runs"):
        begin(in_flight, ADA)
    going.append(begin(in_flight, replace(ADA, visitor="made up")))
    with pytest.raises(BusyError, match="Your network's runs fill half"):
        begin(in_flight, replace(ADA, visitor="made up too"))
    going.append(begin(in_flight, BOB))
    assert len(in_flight.going()) == 3


def test_runs_a_minute_are_counted_by_visitor_and_by_network() -> None:
    in_flight = InFlight(Settings(runs_per_minute=2))
    for _ in range(2):
        list(begin(in_flight, ADA))
    with pytest.raises(RateLimitError, match=r"Too many runs. Try again in \d+ s.") as caught:
        begin(in_flight, ADA)
    assert 0 < caught.value.retry_after <= 60
    list(begin(in_flight, BOB))
    for number in range(2 * NETWORK - 2):  # what was refused has not counted there
        list(begin(in_flight, replace(ADA, visitor=str(number))))
    with pytest.raises(RateLimitError):
        begin(in_flight, replace(ADA, visitor="one more"))


def test_a_clock_that_is_set_back_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    in_flight = InFlight(Settings(runs_per_minute=1))
    list(begin(in_flight, ADA))
    with pytest.raises(RateLimitError):
        begin(in_flight, ADA)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    list(begin(in_flight, ADA))
    with pytest.raises(RateLimitError) as refused:
        begin(in_flight, ADA)
    assert refused.value.retry_after <= 60


def test_an_hours_sound_is_limited_and_no_text() -> None:
    in_flight = InFlight(Settings(sound_minutes_per_hour=1))

    def listen(seconds: float) -> None:
        run = Run(caller=ADA)
        heard = begin(in_flight, name="audio-classification", run=run)
        run.audio_seconds = seconds
        list(heard)

    listen(40)
    listen(40)
    with pytest.raises(RateLimitError, match="may send 1 min of sound an hour"):
        listen(1)
    list(begin(in_flight, ADA))
    list(begin(in_flight, BOB, name="audio-classification"))


def test_a_stopping_server_lets_short_runs_end_and_ends_the_others_with_a_sentence() -> None:
    in_flight, ended = InFlight(Settings()), list[Watched]()
    in_flight.listeners.append(ended.append)
    run = Run(caller=BOB)

    def long() -> Generator[Any, None, None]:
        while True:
            run.check()
            yield Answer("more")
            run.cancel.wait(0.01)

    short, growing = begin(in_flight, ADA), begin(in_flight, events=long, run=run)
    stopping = threading.Thread(target=in_flight.stop, args=(0.3,))
    stopping.start()
    while not in_flight.stopping:
        pass
    assert [one.value for one in short][-1] == "whole"
    with pytest.raises(ServerStoppingError, match="The server is stopping"):
        list(growing)
    stopping.join(10)
    with pytest.raises(ServerStoppingError):
        begin(in_flight, ADA)
    assert [type(one.error) for one in ended] == [
        type(None), ServerStoppingError, ServerStoppingError,
    ]  # fmt: skip
