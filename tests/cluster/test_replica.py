"""What a replica sends of a run, and that the run ends with the reader; no Ray is needed."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cluster.messages import Sent
from cluster.replica import Replica
from pipelines.errors import Cancelled, InputError
from pipelines.playground import Answer, Facts
from pipelines.progress import Progress
from pipelines.run import Request, Run
from pipelines.settings import Settings

ASKED = Request("text-generation", {"prompt": "Hi"}, model="tiny")
LOADING, BEGUN = Progress("loading", "Loading"), Answer("Hel")
WHOLE = Answer("Hello", Facts("tiny", "Tiny", "llama.cpp", 0, 1, 1))
WRONG = InputError("There is no prompt.", "Type one.")
Replaced = Callable[[Callable[[Run], Iterator[Any]]], Replica]


@pytest.fixture
def replica(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Replaced:
    """A replica whose playground has these events."""

    def made(events: Callable[[Run], Iterator[Any]]) -> Replica:
        made = Replica(settings)
        monkeypatch.setattr(made.playground, "events", lambda request, run: events(run))
        return made

    return made


async def read(one: Replica) -> list[list[Sent]]:
    """All messages of a run; its sender's thread has ended, which needs the loop to its end."""
    told = [message async for message in one.answer(ASKED)]
    for thread in threading.enumerate():
        if thread.name == "send text-generation":
            await asyncio.to_thread(thread.join, 30)
    return told


def test_a_run_stops_when_nobody_reads_on(replica: Replaced) -> None:
    stopped = threading.Event()

    def endless(run: Run) -> Iterator[Any]:
        yield LOADING
        if run.cancel.wait(30):
            stopped.set()
        raise Cancelled

    one = replica(endless)

    async def leave() -> None:
        answers: Any = one.answer(ASKED)
        assert [sent.event for sent in await anext(answers)] == [LOADING]
        assert await one.record_routing_stats() == {"models": ["tiny"], "going": 1}
        [sender] = [t for t in threading.enumerate() if t.name == "send text-generation"]
        await answers.aclose()
        await asyncio.to_thread(sender.join, 30)
        assert await one.record_routing_stats() == {"models": [], "going": 0}

    asyncio.run(leave())
    assert stopped.is_set()


@pytest.mark.parametrize("last", [WHOLE, WRONG], ids=["answer", "error"])
def test_events_come_in_order_and_the_last_one_ends_the_run(replica: Replaced, last: Any) -> None:
    def events(run: Run) -> Iterator[Any]:
        yield LOADING
        run.tokens = 1
        yield BEGUN
        if isinstance(last, InputError):
            raise last
        yield last

    sent = [one for message in asyncio.run(read(replica(events))) for one in message]
    assert [one.event for one in sent] == [LOADING, BEGUN, last]
    assert [one.tokens for one in sent] == [None, 1, 1]
    assert [one.ends for one in sent] == [False, False, True]


def messages(one: Replica) -> list[list[Any]]:
    """The events of a run as they are sent together."""
    told = asyncio.run(asyncio.wait_for(read(one), 30))
    return [[sent.event for sent in together] for together in told]


def test_a_short_answer_is_one_message(replica: Replaced) -> None:
    assert messages(replica(lambda run: iter([LOADING, WHOLE]))) == [[LOADING, WHOLE]]


def test_progress_is_sent_where_the_answer_takes_its_time(replica: Replaced) -> None:
    def slow(run: Run) -> Iterator[Any]:
        for event in (LOADING, BEGUN):
            yield event
            run.cancel.wait(0.5)  # longer than progress waits
        yield WHOLE

    assert messages(replica(slow)) == [[LOADING], [BEGUN], [WHOLE]]


def test_a_run_that_ends_without_its_answer_ends_the_stream(replica: Replaced) -> None:
    assert messages(replica(lambda run: iter([LOADING]))) == [[LOADING]]
