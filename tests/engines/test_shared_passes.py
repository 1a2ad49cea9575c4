"""Texts of several runs go through a model in one pass, and each run gets its own rows."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeAlias

import numpy as np
import pytest

from pipelines.engines.openvino.shared_passes import Inputs, Outputs, SharedPasses
from pipelines.errors import Cancelled
from pipelines.run import Run, stop_if_cancelled
from tests import waiting

Answered: TypeAlias = Future[list[list[int]]]
SECONDS = 20
until = partial(waiting.until, seconds=SECONDS)


class Model:
    """A graph that gives each token's number twice over, once it may."""

    def __init__(self) -> None:
        self.may = threading.Semaphore(0)  # one for each pass
        self.texts: list[int] = []  # of each pass
        self.passes = SharedPasses(self.arrays, self.run, parallel=1)

    def arrays(self, encoded: Sequence[list[int]]) -> Inputs:
        longest = max(map(len, encoded))
        return {"input_ids": np.array([one + [0] * (longest - len(one)) for one in encoded])}

    def run(self, inputs: Inputs) -> Outputs:
        self.texts.append(len(inputs["input_ids"]))
        while not self.may.acquire(timeout=0.01):
            stop_if_cancelled()
        return (inputs["input_ids"] * 2,)

    def ask(self, run: Run, *texts: list[int]) -> list[list[int]]:
        """The answers of one run."""
        with run.active():
            inputs, (doubled,) = self.passes.outputs(texts)
        assert (inputs["input_ids"] * 2 == doubled).all()
        return [row[: len(text)].tolist() for row, text in zip(doubled, texts, strict=True)]

    def waiting(self, count: int) -> None:
        """Come back when so many runs wait."""
        until(lambda: len(self.passes._waiting) == count)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def model() -> Model:
    return Model()


def begun(model: Model, pool: ThreadPoolExecutor, run: Run) -> Answered:
    """A run whose pass goes."""
    first = pool.submit(model.ask, run, [7])
    until(lambda: model.texts == [1])
    return first


def led_and_stopped(
    model: Model, pool: ThreadPoolExecutor, first: Answered, stopped: Run
) -> tuple[Answered, Answered]:
    """Two runs whose texts go together after the first's; the one that leads has been stopped."""
    leads = pool.submit(model.ask, stopped, [1])
    model.waiting(1)
    follows = pool.submit(model.ask, Run(), [3])
    model.waiting(2)
    model.may.release()
    first.result(SECONDS)
    until(lambda: model.texts == [1, 2])
    stopped.cancel.set()
    return leads, follows


def test_what_waits_goes_together(model: Model, pool: ThreadPoolExecutor) -> None:
    first = begun(model, pool, Run())
    others = [pool.submit(model.ask, Run(), [n, n], [n, n, n]) for n in range(4)]
    model.waiting(4)
    model.may.release(5)
    assert first.result(SECONDS) == [[14]]
    assert [one.result(SECONDS) for one in others] == [
        [[2 * n, 2 * n], [2 * n, 2 * n, 2 * n]] for n in range(4)
    ]
    assert model.texts == [1, 8]


def test_a_short_text_is_not_padded_to_anothers_long_one(
    model: Model, pool: ThreadPoolExecutor
) -> None:
    first = begun(model, pool, Run())
    others = [pool.submit(model.ask, Run(), [1] * length) for length in (5, 300, 6)]
    model.waiting(3)
    model.may.release(5)
    for one in (first, *others):
        one.result(SECONDS)
    assert sorted(model.texts) == [1, 1, 2]


def test_a_run_that_waits_can_be_stopped(model: Model, pool: ThreadPoolExecutor) -> None:
    first, stopped = begun(model, pool, Run()), Run()
    leaves = pool.submit(model.ask, stopped, [1])
    model.waiting(1)
    stopped.cancel.set()
    with pytest.raises(Cancelled):
        leaves.result(SECONDS)
    model.may.release(5)
    first.result(SECONDS)
    assert model.texts == [1]


def test_who_went_with_a_stopped_run_is_answered(model: Model, pool: ThreadPoolExecutor) -> None:
    first, stopped = begun(model, pool, Run()), Run()
    leads, follows = led_and_stopped(model, pool, first, stopped)
    with pytest.raises(Cancelled):
        leads.result(SECONDS)
    model.may.release()
    assert follows.result(SECONDS) == [[6]]
    assert model.texts == [1, 2, 1]


def test_a_pass_that_goes_on_though_its_leader_was_stopped_answers_the_others(
    model: Model, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(inputs: Inputs) -> Outputs:
        model.texts.append(len(inputs["input_ids"]))
        assert model.may.acquire(timeout=SECONDS)
        return (inputs["input_ids"] * 2,)

    first, stopped = begun(model, pool, Run()), Run()
    monkeypatch.setattr(model.passes, "_run", run)
    leads, follows = led_and_stopped(model, pool, first, stopped)
    model.may.release()
    assert leads.result(SECONDS) == [[2]]
    assert follows.result(SECONDS) == [[6]]
    assert model.texts == [1, 2]


def test_the_failure_of_a_pass_is_its_leaders_alone(
    model: Model, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begun(model, pool, Run())
    once = iter([ValueError("broken")])

    def run(inputs: Inputs) -> Outputs:
        model.texts.append(len(inputs["input_ids"]))
        if error := next(once, None):
            raise error
        return (inputs["input_ids"] * 2,)

    others = [pool.submit(model.ask, Run(), [n]) for n in range(3)]
    model.waiting(3)
    monkeypatch.setattr(model.passes, "_run", run)
    model.may.release(5)
    first.result(SECONDS)
    errors = [one.exception(SECONDS) for one in others]
    assert [str(error) for error in errors if error] == ["broken"]
    assert model.texts == [1, 3, 2]
