"""One run a tab and visitor at a time; the next ones queue; Stop ends them all, and only them."""

import threading

from components.runs import Runs


def test_the_first_run_does_not_wait() -> None:
    runs = Runs()
    assert list(runs.wait("ada", "translation", runs.enter("ada", "translation"))) == []


def test_a_second_run_waits_and_hears_how_many_are_ahead() -> None:
    runs = Runs()
    first, second = (runs.enter("ada", "translation") for _ in range(2))
    waiting = runs.wait("ada", "translation", second)
    assert next(waiting) == 1
    assert runs.leave("ada", "translation", first) == 1
    assert list(waiting) == []


def test_other_tabs_and_other_visitors_do_not_wait() -> None:
    runs = Runs()
    runs.enter("ada", "translation")
    for visitor, tab in (("ada", "summarization"), ("bob", "translation")):
        assert list(runs.wait(visitor, tab, runs.enter(visitor, tab))) == []


def test_stop_ends_the_run_and_those_queued_behind_it() -> None:
    runs = Runs()
    mine = [runs.enter("ada", "translation") for _ in range(3)]
    other_tab, other_visitor = runs.enter("ada", "summarization"), runs.enter("bob", "translation")
    runs.stop("ada", "translation")
    assert all(cancel.is_set() for cancel in mine)
    assert not other_tab.is_set()
    assert not other_visitor.is_set()
    assert list(runs.wait("ada", "translation", mine[2])) == []


def test_who_leaves_the_page_stops_everything_of_theirs() -> None:
    runs = Runs()
    mine = [runs.enter("ada", tab) for tab in ("translation", "summarization")]
    runs.stop("ada")
    assert all(cancel.is_set() for cancel in mine)


def test_what_is_discarded_is_waited_for_and_what_comes_then_is_not() -> None:
    runs = Runs()
    old = runs.enter("ada", "translation")
    other = runs.enter("bob", "translation")
    ended: list[bool] = []

    def leave() -> None:
        assert old.wait(10)
        runs.enter("ada", "translation")
        ended.append(True)
        runs.leave("ada", "translation", old)

    threading.Thread(target=leave, daemon=True).start()
    assert runs.discard("ada", "translation")
    assert ended
    assert old.discarded
    assert not other.is_set()


def test_a_waiting_run_wakes_when_the_one_ahead_leaves() -> None:
    runs = Runs()
    first, second = (runs.enter("ada", "translation") for _ in range(2))
    done = threading.Event()

    def wait() -> None:
        list(runs.wait("ada", "translation", second))
        done.set()

    threading.Thread(target=wait, daemon=True).start()
    assert not done.is_set()
    runs.leave("ada", "translation", first)
    assert done.wait(10)


def test_leaving_twice_does_no_harm() -> None:
    runs = Runs()
    cancel = runs.enter("ada", "translation")
    assert runs.leave("ada", "translation", cancel) == 0
    assert runs.leave("ada", "translation", cancel) == 0


def test_whoever_waits_keeps_nobody_from_stopping() -> None:
    runs = Runs()
    first = runs.enter("ada", "tab")
    second = runs.enter("ada", "tab")
    waiting = runs.wait("ada", "tab", second)
    assert next(waiting) == 1  # and here gradio may leave it
    stopping = threading.Thread(target=runs.stop, args=("ada", "tab"), daemon=True)
    stopping.start()
    stopping.join(5)
    assert not stopping.is_alive()
    assert first.is_set()


def test_waiting_goes_on_on_another_thread() -> None:
    runs = Runs()
    runs.enter("ada", "tab")
    second = runs.enter("ada", "tab")
    waiting = runs.wait("ada", "tab", second)
    told: list[int] = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: told.append(next(waiting)), daemon=True)
        thread.start()
        thread.join(5)
    assert told == [1, 1]


def test_a_run_that_waited_gets_what_the_one_before_left_it() -> None:
    runs = Runs()
    first, second = (runs.enter("ada", "text-generation") for _ in range(2))
    assert runs.handed("ada", "text-generation") is None
    runs.leave("ada", "text-generation", first, ["what was said"])
    assert runs.handed("ada", "text-generation") == ["what was said"]
    assert runs.handed("bob", "text-generation") is None
    runs.leave("ada", "text-generation", second, ["more"])
    runs.enter("ada", "text-generation")
    assert runs.handed("ada", "text-generation") is None


def test_a_run_that_was_asked_for_before_a_discard_and_enters_after_it_is_discarded() -> None:
    runs = Runs()
    asked, discarded, asked_again = 1.0, 2.0, 3.0
    assert not runs.discard("ada", "translation", asked=discarded)
    late = runs.enter("ada", "translation", asked)
    assert late.discarded
    assert late.is_set()
    for visitor, tab, moment in (
        ("ada", "translation", asked_again),
        ("ada", "summarization", asked),
        ("bob", "translation", asked),
    ):
        assert not runs.enter(visitor, tab, moment).is_set()
