"""A run: stops with the one it was begun within, and its notes and visitor are nobody else's."""

import threading
from contextvars import copy_context
from typing import Any

import pytest

from pipelines.errors import Cancelled
from pipelines.progress import Progress
from pipelines.run import Request, Run, current, note, stop_if_cancelled, tell
from pipelines.store import visitor


def test_a_run_stops_with_the_one_it_was_begun_within() -> None:
    outer = Run()
    inner = Run(parent=outer)
    with inner.active():
        stop_if_cancelled()
        outer.cancel.set()
        with pytest.raises(Cancelled):
            stop_if_cancelled()


def test_a_run_that_is_stopped_leaves_the_one_around_it_alone() -> None:
    outer = Run()
    Run(parent=outer).cancel.set()
    with outer.active():
        stop_if_cancelled()


def test_progress_is_the_last_thing_a_stopped_run_hears() -> None:
    heard: list[Progress] = []
    with Run(heard.append).active() as run:
        tell(Progress("loading", "one"))
        run.cancel.set()
        with pytest.raises(Cancelled):
            tell(Progress("loading", "two"))
    assert [one.text for one in heard] == ["one"]


def test_a_note_is_told_once_and_to_its_own_run() -> None:
    with Run().active() as other, Run().active() as run:
        note("cut")
        note("cut")
    assert (run.notes, other.notes) == (["cut"], [])


def test_as_a_visitor_one_is_still_within_the_same_run() -> None:
    heard: list[Progress] = []
    with Run(heard.append).active() as run, visitor.visited("hf_ada"):
        assert visitor.token() == "hf_ada"
        tell(Progress("loading", "asked as a visitor"))
        run.cancel.set()
        with pytest.raises(Cancelled):
            stop_if_cancelled()
    assert len(heard) == 1
    assert visitor.token() is None


def test_a_thread_works_for_the_run_whose_context_it_has() -> None:
    found: list[Run] = []
    with Run().active() as run:
        context = copy_context()
        thread = threading.Thread(target=context.run, args=(lambda: found.append(current()),))
        thread.start()
        thread.join()
    assert found == [run]


@pytest.mark.parametrize("model", [None, [], [[]], {"a": 1}, 7])
def test_what_is_no_name_of_a_model_asks_for_none(model: Any) -> None:
    assert Request("text-classification", {}, model=model).model == "auto"
