"""Answers that grow share a lane; a single pass is answered while that lane is full."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from components.examples import FOLDER
from pipelines import Playground
from pipelines.caller import Caller
from pipelines.catalogue import Entry
from pipelines.engines.turns import Turns
from pipelines.playground import Answer
from pipelines.run import Request, Run

CAT = Path(FOLDER) / "cat.jpg"
TEXT = "The library opens at nine. It closes at five. On Sundays it is closed all day."
SINGLE: list[tuple[str, dict[str, Any]]] = [
    ("text-classification", {"text": TEXT}),
    ("image-classification", {"image": CAT}),
    ("audio-classification", {"audio": FOLDER / "french.mp3"}),
    # Their answers grow with other models than the starters.
    ("image-to-text", {"image": CAT}),
    ("image-text-to-text", {"image": CAT, "text": "What animal is this?"}),
    ("summarization", {"text": TEXT}),
]
LONG: list[tuple[str, dict[str, Any]]] = [
    ("text-generation", {"prompt": "Hi"}),
    ("translation", {"text": "A dog."}),
    ("automatic-speech-recognition", {"audio": FOLDER / "weather.mp3"}),
    ("text-to-speech", {"text": "Hi."}),
]


@pytest.fixture
def full(playground: Playground, starters: list[Entry]) -> Iterator[ExitStack]:
    """The lane of long runs, full of somebody's."""
    with ExitStack() as stack, Run(caller=Caller("ada")).active():
        for _ in range(playground.settings.long_runs):
            stack.enter_context(playground.long_runs.place(playground.settings.long_runs))
        yield stack


@pytest.mark.parametrize(("task", "inputs"), SINGLE, ids=lambda one: str(one)[:20])
def test_a_single_pass_is_answered_while_the_lane_is_full(
    playground: Playground, full: ExitStack, task: str, inputs: dict[str, Any]
) -> None:
    told = list(playground.stream_request(Request(task, inputs), threading.Event()))
    assert isinstance(told[-1], Answer)
    assert not [one for one in told if getattr(one, "stage", "") == "queued"]


@pytest.mark.parametrize(("task", "inputs"), LONG, ids=lambda one: str(one)[:20])
def test_an_answer_that_grows_waits_for_the_lane_and_then_comes(
    playground: Playground, full: ExitStack, task: str, inputs: dict[str, Any]
) -> None:
    options = {"max_new_tokens": 2} if task == "text-generation" else {}
    asked = Request(task, inputs, options, caller=Caller("bob"))
    events = playground.stream_request(asked, threading.Event())
    queued = next(one for one in events if getattr(one, "stage", "") == "queued")
    assert getattr(queued, "text", "") == "Queued: 1 person before you"
    full.close()
    *_, last = events
    assert isinstance(last, Answer)
    assert last.facts


def test_a_language_is_heard_in_one_turn(
    playground: Playground, starters: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []
    wait = Turns.wait

    def counted(self: Turns, due: float) -> float:
        turns.append(due)
        return wait(self, due)

    monkeypatch.setattr(Turns, "wait", counted)
    playground.run("audio-classification", {"audio": FOLDER / "french.mp3"})
    assert len(turns) == 1
