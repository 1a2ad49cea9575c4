"""The model cache: loaded models under a memory budget, which is the process's.

Beside the models count what libraries, their caches and the C library's heaps have grown to since
the cache was made; after a run what it freed goes back to the operating system.

Knows keys, sizes and loaders, neither stores nor tasks. The least recently used model goes first;
one in use never goes; callers asking for the same model cause one load, which belongs to all who
wait for it: each hears of its progress and may give up, and when the last one has, it is cancelled;
a failed load is not remembered.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipelines.engines import Model
from pipelines.errors import Cancelled, MemoryBudgetError
from pipelines.fair_queue import FairQueue
from pipelines.memory import resident_bytes, trim
from pipelines.model_key import ModelKey
from pipelines.progress import Progress
from pipelines.run import Run, tell

WAIT_SECONDS = 0.1
# A run that leaves more than this behind has its freed memory handed back; that takes glibc up to
# 0.1 s, in which threads that allocate wait.
TRIM_BYTES = 64_000_000
TOLERANCE = 1.2  # how much more than the budget the process may hold between two loads
Load = Callable[[], Model]


@dataclass
class _Slot:
    """One model, from the first request for it until it is evicted."""

    key: ModelKey
    title: str
    memory_bytes: int
    turns: FairQueue
    users: int = 0
    model: Model | None = None
    error: BaseException | None = None
    progress: Progress | None = None  # last reported by the load
    cancel: threading.Event = field(default_factory=threading.Event)
    last_used: float = 0.0
    load_seconds: float = 0.0


@dataclass(frozen=True)
class Loaded:
    """What the cache tells of a loaded model, with the memory it takes now."""

    key: ModelKey
    title: str
    memory_bytes: int
    last_used: float
    in_use: bool


@dataclass(frozen=True)
class Lease:
    """A model for the time of one run. `load_seconds` is 0 when it was loaded before;
    `reserved_bytes` is what the budget counts for it."""

    model: Model
    load_seconds: float
    reserved_bytes: int

    @property
    def memory_bytes(self) -> int:
        """What it takes now."""
        return _taken(self.model, self.reserved_bytes)


def _taken(model: Model | None, reserved: int) -> int:
    """The memory of a model for which so much is reserved: it may grow to that."""
    return reserved - getattr(model, "spare_bytes", 0)


class ModelCache:
    """Loaded models, shared by all users of the process."""

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self.loads: Counter[str] = Counter()  # by the models' names, since the start
        self.evictions: Counter[str] = Counter()
        self._slots: dict[ModelKey, _Slot] = {}
        self._changed = threading.Condition()
        self._loading = threading.Lock()
        self._begin = self._settled = resident_bytes()

    @contextmanager
    def use(self, key: ModelKey, title: str, memory_bytes: int, load: Load) -> Iterator[Lease]:
        """Lease the model for the block, loading it when needed; waits for its turn.

        `load` works for a run of its own: all who wait hear its progress, and it is cancelled
        when the last of them has left.

        Raises:
            MemoryBudgetError: it is larger than the whole budget.
            Cancelled: the current run was stopped.
            Whatever `load` raises.
        """
        slot, mine = self._enter(key, title, memory_bytes, load)
        try:
            model = self._wait_until_loaded(slot)
            with slot.turns.place(model.parallel):
                yield Lease(model, slot.load_seconds if mine else 0.0, slot.memory_bytes)
        finally:
            self._leave(slot)
            self._settle()

    def loaded(self) -> list[Loaded]:
        """Models in memory, the most recently used first."""
        with self._changed:
            slots = [slot for slot in self._slots.values() if slot.model is not None]
            slots.sort(key=lambda slot: -slot.last_used)
            return [
                Loaded(
                    slot.key,
                    slot.title,
                    _taken(slot.model, slot.memory_bytes),
                    slot.last_used,
                    slot.users > 0,
                )
                for slot in slots
            ]

    def holds(self, key: ModelKey) -> bool:
        """Whether a model is in memory."""
        slot = self._slots.get(key)
        return slot is not None and slot.model is not None

    def held_bytes(self) -> int:
        """Memory of loaded and loading models, and what else the process has grown by."""
        with self._changed:
            return self._held()

    def counted(self) -> tuple[Counter[str], Counter[str]]:
        """Loads and evictions by the models' names, since the start."""
        return self.loads, self.evictions

    def unload(self, key: ModelKey) -> bool:
        """Close a model unless it is in use; says whether it is gone."""
        with self._changed:
            slot = self._slots.get(key)
            if slot is None or slot.users or slot.model is None:
                return slot is None
            self._evict(slot)
        trim()
        return True

    def close(self) -> None:
        """Close every model that is not in use."""
        for one in self.loaded():
            self.unload(one.key)

    def _enter(
        self, key: ModelKey, title: str, memory_bytes: int, load: Load
    ) -> tuple[_Slot, bool]:
        with self._changed:
            while (slot := self._slots.get(key)) is None:
                if self._make_room(title, memory_bytes):
                    turns = FairQueue(self._changed)
                    slot = self._slots[key] = _Slot(key, title, memory_bytes, turns, users=1)
                    threading.Thread(
                        target=self._load, args=(slot, load), name=f"load {key.name}", daemon=True
                    ).start()
                    return slot, True
                tell(Progress("waiting", "Waiting for memory that other runs are using"))
                self._changed.wait(WAIT_SECONDS)
            slot.users += 1
            slot.cancel.clear()
            return slot, False

    def _make_room(self, title: str, memory_bytes: int) -> bool:
        """Evict until the model fits; False when only models in use are left."""
        if memory_bytes > self.budget_bytes:
            raise MemoryBudgetError(title, memory_bytes, self.budget_bytes)
        idle = [s for s in self._slots.values() if not s.users and s.model is not None]
        idle.sort(key=lambda slot: slot.last_used)
        taken = sum(slot.memory_bytes for slot in self._slots.values())
        if taken - sum(slot.memory_bytes for slot in idle) + memory_bytes > self.budget_bytes:
            return False  # it would not fit even then, so nothing is evicted
        self._shrink(self.budget_bytes - memory_bytes)
        return True

    def _shrink(self, limit: int) -> None:
        """Evict idle models, the least recently used first, while more than the limit is held.

        What no model accounts for may stay: no run is refused for it.
        """
        idle = [s for s in self._slots.values() if not s.users and s.model is not None]
        idle.sort(key=lambda slot: -slot.last_used)
        while idle and self._held() > limit:
            self._evict(idle.pop())
            trim()

    def _held(self) -> int:
        models = sum(slot.memory_bytes for slot in self._slots.values())
        loaded = sum(s.memory_bytes for s in self._slots.values() if s.model is not None)
        return models + max(0, resident_bytes() - self._begin - loaded)

    def _settle(self) -> None:
        """Hand back what a run has freed, and evict idle models if the process holds too much."""
        if resident_bytes() > self._settled + TRIM_BYTES:
            trim()
        self._settled = resident_bytes()
        with self._changed:
            self._shrink(int(TOLERANCE * self.budget_bytes))

    def _evict(self, slot: _Slot) -> None:
        del self._slots[slot.key]
        if slot.model is not None:
            slot.model.close()
            slot.model = None
            self.evictions[slot.key.name] += 1
        self._changed.notify_all()

    def _load(self, slot: _Slot, load: Load) -> None:
        """Load for all who wait; anew when somebody came while a cancelled load was ending."""
        while not self._loaded(slot, load):
            pass

    def _loaded(self, slot: _Slot, load: Load) -> bool:
        """Try to load; False if a caller came while a cancelled load was ending: load again."""
        model: Model | None = None
        error: BaseException | None = None

        def report(progress: Progress) -> None:
            slot.progress = progress

        run = Run(report, slot.cancel)
        with self._loading:  # one at a time: two loads on two cores only slow each other
            began = time.perf_counter()
            before = resident_bytes()
            try:
                with run.active():
                    run.check()
                    model = load()
            except BaseException as raised:
                error = raised
            trim()  # what converting weights took
            grown = resident_bytes() - before
        with self._changed:
            if isinstance(error, Cancelled) and slot.users:
                return False
            slot.load_seconds = time.perf_counter() - began
            slot.last_used = time.monotonic()
            slot.model, slot.error = model, error
            self.loads[slot.key.name] += model is not None
            whole = grown + getattr(model, "spare_bytes", 0)
            slot.memory_bytes = max(slot.memory_bytes, whole) if model else 0
            if error or not slot.users:
                self._evict(slot)
            self._changed.notify_all()
            return True

    def _wait_until_loaded(self, slot: _Slot) -> Model:
        began = time.perf_counter()
        with self._changed:
            while slot.model is None:
                if slot.error:
                    raise slot.error
                seconds = time.perf_counter() - began
                loading = Progress("loading", f"Loading {slot.title} ({seconds:.1f} s)")
                tell(slot.progress or loading)
                self._changed.wait(WAIT_SECONDS)
            return slot.model

    def _leave(self, slot: _Slot) -> None:
        with self._changed:
            slot.users -= 1
            if not slot.users:
                slot.cancel.set()  # of a load; one that has ended does not hear it
            slot.last_used = time.monotonic()
            self._changed.notify_all()
