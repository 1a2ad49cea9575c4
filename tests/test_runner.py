"""One run of a tab or a lab's column, from its click to its last word, however it ends."""

import errno
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from components.output_state import Values
from components.page import _left
from components.runner import Controls, Runner, Update, Visit, Work
from components.runs import Runs
from pipelines import Playground, PlaygroundError
from pipelines.registry import task
from pipelines.settings import Settings
from pipelines.store import Progress

PATIENCE = 60  # seconds
ADA: Any = SimpleNamespace(session_hash="ada")
Event = Progress | Update


class Place:
    """A place on a page that runs something: a chat of texts, which is read and shown."""

    def __init__(self, playground: Playground) -> None:
        self.runs = Runs()
        with gr.Blocks():
            self.chat, self.figure = gr.Textbox(), gr.HTML()
            self.controls = Controls(
                model=gr.Dropdown(),
                status=gr.HTML(),
                stop=gr.Button(),
                consent=gr.Button(),
                agreed=gr.State(""),
                queue=gr.HTML(),
            )
            known = task("text-generation")
            self.runner = Runner(playground, self.runs, "place", known, self.controls, "run")

    def values(self, chat: str = "", model: str = "auto", agreed: str = "") -> Values:
        return {self.chat: chat, self.controls.model: model, self.controls.agreed: agreed}

    def run(
        self,
        events: Callable[[Visit], Iterator[Event]],
        values: Values | None = None,
        **options: Any,
    ) -> Iterator[Values]:
        work = Work(events, failed={self.figure: ""}, **options)
        return self.runner.run(work, values or self.values(), ADA, None)


@pytest.fixture
def place(settings: Settings) -> Place:
    return Place(Playground(settings))


def test_every_update_has_all_outputs_and_stop_is_there_meanwhile(place: Place) -> None:
    def events(visit: Visit) -> Iterator[Event]:
        yield Progress("loading", "Loading")
        yield Update({place.figure: "half"}, "going")
        yield Update({place.figure: gr.skip(), place.chat: "said"}, "done")

    shown = list(place.run(events))
    stop, line = place.controls.stop, place.controls.status
    assert [one[stop]["interactive"] for one in shown] == [True] * 4 + [False]
    assert "Running" in shown[0][line]
    assert "Loading" in shown[1][line]
    told = [(one[line], one[place.figure]) for one in shown[2:]]
    assert told == [("going", "half"), ("done", "half"), ("done", "half")]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PlaygroundError("No.", "Do this."), "Do this."),
        (KeyError("x"), "the log has the details"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
    ],
)
def test_an_error_is_told_in_the_line_and_empties_what_it_should(
    place: Place, error: Exception, told: str
) -> None:
    def events(visit: Visit) -> Iterator[Event]:
        yield Update({place.figure: "half"}, "going")
        raise error

    *_, last = place.run(events)
    assert told in last[place.controls.status]
    assert last[place.figure] == ""
    assert last[place.controls.stop] == gr.update(interactive=False)
    assert not place.runs.busy("ada", "place")


def test_a_run_that_waited_begins_with_what_the_one_before_said(place: Place) -> None:
    first_may, waits, shown = threading.Event(), threading.Event(), []

    def first(visit: Visit) -> Iterator[Event]:
        yield Update({place.chat: "one"})
        assert first_may.wait(PATIENCE)
        yield Update({place.chat: "one two"})

    def second(visit: Visit) -> Iterator[Event]:
        yield Update({place.chat: f"{visit.values[place.chat]} three"})

    def wait() -> None:
        for one in place.run(second, place.values("typed meanwhile"), queues=True):
            shown.append(one)
            waits.set()

    begun = place.run(first, queues=True)
    next(begun)
    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert waits.wait(PATIENCE)
    queue = place.controls.queue
    assert queue is not None
    assert "1 run is before this one" in shown[0][queue]["value"]
    first_may.set()
    *_, last = begun
    assert last[place.controls.stop] == gr.update(interactive=True)
    thread.join(PATIENCE)
    assert shown[-1][place.chat] == "one two three"
    assert shown[-1][queue] == gr.update(visible=False)


def test_a_discarded_run_shows_and_hands_on_nothing_of_what_it_had(place: Place) -> None:
    def events(visit: Visit) -> Iterator[Event]:
        yield Update({place.chat: "one"}, "going")
        yield Update({place.chat: "one two"}, "going")

    begun = place.run(events, queues=True)
    for shown in begun:
        if shown.get(place.chat) == "one":
            break
    assert place.runs.discard("ada", "place", seconds=0)
    told = [*begun]
    assert told
    stop, consent = place.controls.stop, place.controls.consent
    assert told[-1].keys() == {stop, consent, place.controls.queue}
    assert all(one.keys() <= told[-1].keys() for one in told)
    assert not place.runs.discard("ada", "place")


def test_a_run_stopped_in_the_queue_computes_nothing(place: Place) -> None:
    place.runs.enter("ada", "place")
    run = place.run(lambda visit: pytest.fail("it began"), queues=True)
    next(run)
    place.runner._stop(ADA)
    *_, last = run
    assert "Stopped" in last[place.controls.status]


@pytest.mark.parametrize("how", ["Stop", "the page is closed"])
def test_stop_and_a_closed_page_end_what_computes(place: Place, how: str) -> None:
    begun, found = threading.Event(), []

    def events(visit: Visit) -> Iterator[Event]:
        begun.set()
        found.append(visit.cancel.wait(PATIENCE))
        yield Update({})

    thread = threading.Thread(target=lambda: list(place.run(events, fetches=False)), daemon=True)
    thread.start()
    assert begun.wait(PATIENCE)
    (place.runner._stop if how == "Stop" else _left(place.runs))(ADA)
    thread.join(PATIENCE)
    assert found == [True]


def test_a_large_download_is_asked_for_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    cost = SimpleNamespace(
        download_bytes=2e9,
        free_bytes=9e9,
        memory_bytes=1e9,
        licence="MIT",
        gated=False,
        pull_request=None,
    )
    large = (SimpleNamespace(title="Large"), cost)
    monkeypatch.setattr(place.runner.playground, "large_download", lambda *_: large)
    ran: list[str] = []

    def events(visit: Visit) -> Iterator[Event]:
        ran.append(visit.model)
        yield Update({})

    *_, last = place.run(events, place.values(model="large"))
    assert last[place.controls.consent] == gr.update(
        visible=True, value="Download 2,000 MB and run"
    )
    assert "is not on this machine yet" in last[place.controls.status]
    assert ran == []
    *_, last = place.run(events, place.values(model="large", agreed="large"))
    assert last[place.controls.consent] == gr.update(visible=False)
    assert ran == ["large"]


def test_quiet_work_that_fetches_nothing_says_and_asks_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        place.runner.playground, "large_download", lambda *_: pytest.fail("it asked")
    )

    def events(visit: Visit) -> Iterator[Event]:
        yield Progress("loading", "Loading")
        yield Update({place.figure: "drawn"})

    shown = list(place.run(events, place.values(model="large"), fetches=False, quiet=True))
    assert shown[-1] == {
        place.figure: "drawn",
        place.controls.stop: gr.update(interactive=False),
    }
