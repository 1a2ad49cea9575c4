"""The model cache: one load for all, least recently used goes first, nothing in use ever goes."""

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from pipelines.cache import Lease, ModelCache
from pipelines.errors import Cancelled, MemoryBudgetError, ModelError
from pipelines.memory import resident_bytes, trim
from pipelines.model_key import ModelKey
from pipelines.run import Run, current, tell
from pipelines.store import Progress
from tests import waiting

MB, GB = 1_000_000, 1_000_000_000
PATIENCE = 10.0
until = partial(waiting.until, seconds=PATIENCE)


class Piece:
    """A model that knows whether it was closed."""

    system = ""

    def __init__(self, parallel: int = 1) -> None:
        self.parallel = parallel
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Loader:
    """Loads pieces, counts how often, and waits for a gate when one is given."""

    def __init__(self, parallel: int = 1, gate: threading.Event | None = None) -> None:
        self.parallel = parallel
        self.gate = gate
        self.loaded: list[Piece] = []
        self.began = threading.Event()

    def __call__(self) -> Piece:
        self.began.set()
        if self.gate:
            assert self.gate.wait(PATIENCE)
        self.loaded.append(Piece(self.parallel))
        return self.loaded[-1]


class Grower(Piece):
    """A model that takes more and more memory beside what it was said to need."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.kept: list[bytearray] = []
        self.grow(size)

    def grow(self, size: int) -> None:
        self.kept.append(bytearray(b"1") * size)  # written, so that it is resident

    def close(self) -> None:
        super().close()
        self.kept.clear()


@pytest.fixture
def cache() -> Iterator[ModelCache]:
    cache = ModelCache(3 * GB)
    yield cache
    cache.close()


def touch(
    cache: ModelCache,
    key: str,
    load: Callable[[], Piece],
    size: int = GB,
    run: Run | None = None,
) -> Lease:
    with (run or Run()).active(), cache.use(ModelKey(key), key.upper(), size, load) as lease:
        return lease


def give_up(cache: ModelCache, load: Callable[[], Piece], run: Run) -> None:
    with pytest.raises(Cancelled):
        touch(cache, "a", load, run=run)


def keys(cache: ModelCache) -> list[str]:
    return [one.key.name for one in cache.loaded()]


def in_threads(*works: Callable[[], object]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_callers_asking_for_the_same_model_cause_one_load(cache: ModelCache) -> None:
    load = Loader(gate=threading.Event())
    models: list[object] = []
    threads = in_threads(*[lambda: models.append(touch(cache, "a", load).model)] * 8)
    load.began.wait(PATIENCE)
    assert load.gate
    load.gate.set()
    join(threads)
    assert models == load.loaded * 8
    assert len(load.loaded) == 1


def test_a_loaded_model_is_not_loaded_again(cache: ModelCache) -> None:
    load = Loader()
    assert touch(cache, "a", load).load_seconds > 0
    assert touch(cache, "a", load).load_seconds == 0
    assert len(load.loaded) == 1


def test_the_least_recently_used_model_goes_first(cache: ModelCache) -> None:
    load = {key: Loader() for key in "abcd"}
    for key in "abc":
        touch(cache, key, load[key])
    touch(cache, "a", load["a"])
    touch(cache, "d", load["d"])
    assert keys(cache) == ["d", "a", "c"]
    assert load["b"].loaded[0].closed
    assert not load["a"].loaded[0].closed


def test_as_many_models_go_as_the_new_one_needs_and_no_more(cache: ModelCache) -> None:
    load = {key: Loader() for key in "abcd"}
    for key in "abc":
        touch(cache, key, load[key])
    touch(cache, "d", load["d"], 2 * GB)
    assert keys(cache) == ["d", "c"]


def test_a_model_in_use_is_never_evicted(cache: ModelCache) -> None:
    load = {key: Loader() for key in "abc"}
    with cache.use(ModelKey("a"), "A", 2 * GB, load["a"]) as lease:
        touch(cache, "b", load["b"])
        touch(cache, "c", load["c"])
        assert keys(cache) == ["c", "a"]
        assert not load["a"].loaded[0].closed
        assert lease.model is load["a"].loaded[0]


def test_who_needs_the_memory_of_a_model_in_use_gets_in_after_its_release(
    cache: ModelCache,
) -> None:
    load, other = Loader(), Loader()
    heard: list[Progress] = []
    with cache.use(ModelKey("a"), "A", 2 * GB, load):
        threads = in_threads(lambda: touch(cache, "b", other, 2 * GB, Run(heard.append)))
        until(lambda: any(p.stage == "waiting" for p in heard))
        assert not other.loaded
    join(threads)
    assert load.loaded[0].closed
    assert keys(cache) == ["b"]


def test_a_model_larger_than_the_budget_is_refused_and_nothing_goes_for_it(
    cache: ModelCache,
) -> None:
    touch(cache, "a", Loader())
    with pytest.raises(MemoryBudgetError, match=r"BIG needs 4,000 MB.*budget is 3,000 MB"):
        touch(cache, "big", Loader(), 4 * GB)
    assert keys(cache) == ["a"]


def test_who_cancels_while_a_model_loads_is_let_go_at_once(cache: ModelCache) -> None:
    load, run = Loader(gate=threading.Event()), Run()
    gone = threading.Event()

    def ask() -> None:
        give_up(cache, load, run)
        gone.set()

    threads = in_threads(ask)
    load.began.wait(PATIENCE)
    run.cancel.set()
    assert gone.wait(PATIENCE)
    assert not load.loaded  # the load is still under way
    assert load.gate
    load.gate.set()
    join(threads)


def test_a_load_that_nobody_waits_for_is_closed(cache: ModelCache) -> None:
    load, run = Loader(gate=threading.Event()), Run()
    threads = in_threads(lambda: give_up(cache, load, run))
    load.began.wait(PATIENCE)
    run.cancel.set()
    join(threads)
    assert load.gate
    load.gate.set()
    until(lambda: bool(load.loaded) and load.loaded[0].closed)
    assert keys(cache) == []


def test_one_who_cancels_does_not_take_the_model_from_another(cache: ModelCache) -> None:
    load, run = Loader(gate=threading.Event()), Run()
    leases: list[Lease] = []
    heard: list[Progress] = []
    threads = in_threads(
        lambda: give_up(cache, load, run),
        lambda: leases.append(touch(cache, "a", load, run=Run(heard.append))),
    )
    load.began.wait(PATIENCE)
    until(lambda: bool(heard))  # the other one waits too
    run.cancel.set()
    threads[0].join(PATIENCE)
    assert load.gate
    load.gate.set()
    join(threads)
    assert leases[0].model is load.loaded[0]
    assert not load.loaded[0].closed


def test_who_began_a_load_and_leaves_does_not_cancel_it_for_those_who_wait(
    cache: ModelCache,
) -> None:
    load, run, leases = Loader(gate=threading.Event()), Run(), []

    def listening() -> Piece:
        piece = load()
        tell(Progress("loading", "Almost there"))
        return piece

    def first() -> None:
        with pytest.raises(Cancelled):
            touch(cache, "a", listening, run=run)

    first_thread = in_threads(first)
    assert load.began.wait(PATIENCE)
    heard: list[Progress] = []
    second = in_threads(lambda: leases.append(touch(cache, "a", listening, run=Run(heard.append))))
    until(lambda: bool(heard))
    run.cancel.set()
    join(first_thread)
    assert load.gate
    load.gate.set()
    join(second)
    assert [lease.model for lease in leases] == load.loaded


def test_all_who_wait_hear_what_a_load_tells(cache: ModelCache) -> None:
    gate = threading.Event()

    def load() -> Piece:
        tell(Progress("loading", "Unpacking"))
        assert gate.wait(PATIENCE)
        return Piece()

    heard: list[list[Progress]] = [[], []]
    threads = in_threads(
        *(lambda one=one: touch(cache, "a", load, run=Run(one.append)) for one in heard)
    )
    until(lambda: all(any(p.text == "Unpacking" for p in one) for one in heard))
    gate.set()
    join(threads)


def test_a_load_that_everybody_left_is_cancelled_and_the_next_who_asks_gets_the_model(
    cache: ModelCache,
) -> None:
    run, loads, cancelled = Run(), [], threading.Event()

    def load() -> Piece:
        own = current()
        loads.append(own)
        if len(loads) == 1:
            own.cancel.wait(PATIENCE)
            cancelled.set()
            until(lambda: not own.cancel.is_set())  # somebody has come again
            raise Cancelled
        return Piece()

    threads = in_threads(lambda: give_up(cache, load, run))
    until(lambda: bool(loads))
    run.cancel.set()
    assert cancelled.wait(PATIENCE)
    assert touch(cache, "a", load).model
    join(threads)
    assert len(loads) == 2


def test_a_failed_load_reaches_everyone_who_waits_and_is_not_remembered(
    cache: ModelCache,
) -> None:
    gate, loads = threading.Event(), []

    def fail() -> Piece:
        loads.append(1)
        gate.wait(PATIENCE)
        raise ModelError("The files are broken.")

    failed: list[BaseException] = []
    heard: list[list[Progress]] = [[], []]

    def ask(told: list[Progress]) -> None:
        try:
            touch(cache, "a", fail, run=Run(told.append))
        except ModelError as error:
            failed.append(error)

    threads = in_threads(*(partial(ask, told) for told in heard))
    until(lambda: all(heard))  # both wait
    gate.set()
    join(threads)
    assert [str(error) for error in failed] == ["The files are broken."] * 2
    assert len(loads) == 1
    assert touch(cache, "a", Loader()).model


def test_a_failed_load_gives_its_memory_back(cache: ModelCache) -> None:
    def fail() -> Piece:
        raise ModelError("The files are broken.")

    with pytest.raises(ModelError):
        touch(cache, "a", fail, 3 * GB)
    assert touch(cache, "b", Loader(), 3 * GB).model


def test_a_model_serves_as_many_runs_side_by_side_as_it_can_and_no_more(
    cache: ModelCache,
) -> None:
    load = Loader(parallel=2)
    running, most = [0], [0]
    lock, leave = threading.Lock(), threading.Event()

    def run() -> None:
        with cache.use(ModelKey("a"), "A", GB, load):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            leave.wait(PATIENCE)
            with lock:
                running[0] -= 1

    threads = in_threads(*[run] * 6)
    until(lambda: running[0] == 2)
    time.sleep(0.1)
    leave.set()
    join(threads)
    assert most[0] == 2


def test_queued_runs_come_in_the_order_they_asked(cache: ModelCache) -> None:
    load, order = Loader(), []

    def run(number: int, told: list[Progress]) -> None:
        with Run(told.append).active(), cache.use(ModelKey("a"), "A", GB, load):
            order.append(number)

    def hears(told: list[Progress], wanted: str) -> bool:
        return any(p.text == wanted for p in told)

    threads: list[threading.Thread] = []
    with ExitStack() as stack:
        stack.enter_context(cache.use(ModelKey("a"), "A", GB, load))
        for number in range(4):
            told: list[Progress] = []
            threads += in_threads(partial(run, number, told))
            until(partial(hears, told, f"Queued: {number + 1} of your runs before this one"))
    join(threads)
    assert order == [0, 1, 2, 3]


def test_one_who_gives_up_in_the_queue_does_not_hold_up_the_others(cache: ModelCache) -> None:
    load = Loader()
    done: list[str] = []
    told: list[Progress] = []
    heard: list[Progress] = []
    run = Run(told.append)

    def wait() -> None:
        touch(cache, "a", load, run=Run(heard.append))
        done.append("b")

    with cache.use(ModelKey("a"), "A", GB, load):
        impatient = in_threads(lambda: give_up(cache, load, run))
        until(lambda: any(p.stage == "queued" for p in told))
        patient = in_threads(wait)
        until(lambda: any(p.stage == "queued" for p in heard))
        run.cancel.set()
        join(impatient)
    join(patient)
    assert done == ["b"]


def test_a_run_that_fails_gives_its_turn_to_the_next(cache: ModelCache) -> None:
    load = Loader()
    with pytest.raises(ZeroDivisionError), cache.use(ModelKey("a"), "A", GB, load):
        raise ZeroDivisionError
    assert touch(cache, "a", load).model is load.loaded[0]


def test_unload_closes_an_idle_model_and_leaves_one_in_use(cache: ModelCache) -> None:
    load = Loader()
    with cache.use(ModelKey("a"), "A", GB, load):
        assert not cache.unload(ModelKey("a"))
        assert not load.loaded[0].closed
    assert cache.unload(ModelKey("a"))
    assert load.loaded[0].closed
    assert keys(cache) == []


def test_loaded_tells_which_models_are_in_use(cache: ModelCache) -> None:
    touch(cache, "a", Loader())
    with cache.use(ModelKey("b"), "B", GB, Loader()):
        assert {one.key.name: one.in_use for one in cache.loaded()} == {"a": False, "b": True}


def test_what_a_model_takes_beyond_its_estimate_counts(cache: ModelCache) -> None:
    before = cache.held_bytes()
    lease = touch(cache, "a", lambda: Grower(60 * MB), 20 * MB)
    assert lease.memory_bytes == pytest.approx(60 * MB, rel=0.25)
    assert cache.held_bytes() - before == pytest.approx(60 * MB, rel=0.25)


def test_what_a_model_may_grow_by_is_reserved_for_it_and_not_told_as_taken(
    cache: ModelCache,
) -> None:
    class Small(Piece):
        spare_bytes = GB

    before, model = cache.held_bytes(), Small()
    with cache.use(ModelKey("a"), "A", 2 * GB, lambda: model) as lease:
        assert lease.memory_bytes == GB
        model.spare_bytes = 0
        assert lease.memory_bytes == 2 * GB
        model.spare_bytes = GB
    assert [one.memory_bytes for one in cache.loaded()] == [GB]
    assert cache.held_bytes() - before == pytest.approx(2 * GB, rel=0.1)


def test_what_a_model_grows_by_while_it_runs_counts_and_goes_with_it(cache: ModelCache) -> None:
    with cache.use(ModelKey("a"), "A", MB, lambda: Grower(MB)) as lease:
        assert isinstance(lease.model, Grower)
        before = cache.held_bytes()
        lease.model.grow(80 * MB)
        grown = cache.held_bytes() - before
    assert grown == pytest.approx(80 * MB, rel=0.25)
    assert cache.unload(ModelKey("a"))
    assert cache.held_bytes() - before < 20 * MB


def test_memory_that_no_model_accounts_for_makes_idle_models_go_before_a_load() -> None:
    cache = ModelCache(70 * MB)
    touch(cache, "a", lambda: Grower(MB), 20 * MB)
    other = bytearray(b"1") * (60 * MB)
    touch(cache, "b", Loader(), 20 * MB)
    assert keys(cache) == ["b"]
    assert len(other)


def test_a_model_that_outgrows_the_budget_is_evicted_after_the_run() -> None:
    trim()  # what other tests freed must not go while this one counts
    cache = ModelCache(40 * MB)
    with cache.use(ModelKey("a"), "A", MB, lambda: Grower(MB)) as lease:
        model = lease.model
        assert isinstance(model, Grower)
        model.grow(80 * MB)
        assert not model.closed
    assert model.closed
    assert cache.loaded() == []


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library has none")
def test_what_a_run_has_freed_goes_back_to_the_operating_system(cache: ModelCache) -> None:
    small = 60_000  # below the size from which on the C library maps each piece by itself
    with cache.use(ModelKey("a"), "A", MB, Loader()):
        before = resident_bytes()
        kept = [bytes([1]) * small for _ in range(2_000)]
        last = bytes([1]) * small  # a heap shrinks by itself only from its end
        assert resident_bytes() - before > 100 * MB
        kept.clear()
    assert resident_bytes() - before < 40 * MB
    assert last
