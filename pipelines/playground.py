"""The playground: from a task's name and a user's input to an answer, with progress on the way.

Ties catalogue, store, cache and adapters together for tabs, endpoints and scripts; no gradio here.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipelines import batch
from pipelines.cache import Lease, ModelCache
from pipelines.catalogue import Catalogue, Entry, catalogue
from pipelines.engines import Engine, Model, engine, engine_for
from pipelines.errors import InputError, PlaygroundError
from pipelines.events import stream
from pipelines.fair_queue import FairQueue
from pipelines.in_flight import InFlight
from pipelines.inputs import Text
from pipelines.inputs.files import confined_to
from pipelines.language_identification import note_if_foreign
from pipelines.memory import limit_arenas
from pipelines.model_key import ModelKey
from pipelines.openmp import spin_shortly
from pipelines.registry import task as find_task
from pipelines.resolve import Resolver, resolve
from pipelines.run import Request, Run, current, stop_if_cancelled, tell
from pipelines.settings import Settings, from_environment
from pipelines.store import Cost, Progress, Store, visitor
from pipelines.store.download import is_full, no_room
from pipelines.task import Task

log = logging.getLogger("playground")
PATIENCE = 1.0  # seconds that a stopped run has for its last event


@dataclass(frozen=True)
class Facts:
    """What ran and what it cost."""

    model: str
    title: str
    engine: str
    load_seconds: float
    run_seconds: float
    memory_bytes: int
    tokens: int | None = None
    audio_seconds: float | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    finish_reasons: tuple[str, ...] = ()  # of each of several texts
    heard: tuple[float, float] | None = None  # the part of a sound that was judged, in seconds


@dataclass(frozen=True)
class Answer:
    """A result in the Hub's shape; `facts` come with the last one of a run, `notes` are so far.

    `model` is the name of the one that answers, also where "auto" was asked for.
    """

    value: Any
    facts: Facts | None = None
    notes: tuple[str, ...] = ()
    offer_recommended: bool = False
    model: str = ""


Event = Progress | Answer


@dataclass(frozen=True)
class _Opened:
    """How a model was last loaded for a task; holds while the cache has it."""

    entry: Entry
    engine: Engine
    key: ModelKey
    memory_bytes: int
    load: Callable[[], Model]


class Playground:
    """One process's models, shared by all its users."""

    def __init__(self, settings: Settings, known: Catalogue | None = None) -> None:
        limit_arenas()
        spin_shortly()
        self.settings = settings
        self.catalogue = known or catalogue()
        self.store = Store(settings)
        self.cache = ModelCache(settings.memory_bytes)
        self._opened: dict[tuple[str, str, str], _Opened] = {}  # by task, model and visitor
        self.in_flight = InFlight(settings)
        self.long_runs = FairQueue()
        self._load_ahead = threading.Lock()
        self.resolvers: dict[str, Resolver] = {}  # by the prefix of the names that each resolves
        self.file_folders: Sequence[Path] | None = None  # where runs may open files; None: anywhere

    def resolve(
        self, task: Task, name: str, options: Mapping[str, Any] = MappingProxyType({})
    ) -> Entry:
        """The entry for what a user asked for; "auto" picks by the languages in `options`.

        Raises:
            ModelError: no such model, another task's, or not allowed in public mode.
        """
        return resolve(
            task, name, self.catalogue, self.store, self.settings, self.resolvers, options
        )

    def run(
        self,
        task_id: str,
        inputs: Mapping[str, Any],
        model: str = "auto",
        options: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Answer once, whole; the current run hears the progress.

        Raises:
            PlaygroundError: a sentence and a hint.
        """
        run, last = current(), None
        for event in self.stream(task_id, inputs, model, options or {}, run.cancel):
            if isinstance(event, Answer):
                last = event
            else:
                run.report(event)
        assert last is not None
        return last

    def stream(
        self,
        task_id: str,
        inputs: Mapping[str, Any],
        model: str,
        options: Mapping[str, Any],
        cancel: threading.Event,
        every: float = 0.05,
        token: str | None = None,
    ) -> Iterator[Event]:
        """`stream_request` of a request made of its parts, stopped by `cancel`."""
        request = Request(task_id, inputs, options, model, token or "")
        return self.stream_request(request, cancel, every)

    def stream_request(
        self, request: Request, cancel: threading.Event, every: float = 0.05
    ) -> Iterator[Event]:
        """Yield progress and growing answers; the work runs on a thread of its own.

        Answers that come faster than `every` seconds are merged, for a page draws no faster.
        Closing the iterator stops the work. Who stops does not wait for the model: what cannot be
        interrupted, as one forward pass, ends unseen.

        The thread ends with the run, and that matters: torch and llama.cpp share one OpenMP, which
        stops spinning as soon as all pools of living threads together have more threads than the
        machine has cores. A torch pool left alive took llama.cpp from 90 to 36 tokens/s here.

        Raises:
            PlaygroundError: a sentence and a hint; Cancelled when `cancel` was set; BusyError when
                it may not begin.
        """
        run = Run(cancel=cancel, visitor=request.visitor, parent=current(), caller=request.caller)

        yield from self.in_flight.watch(
            request, find_task(request.task), run, lambda: self.events(request, run, every)
        )

    def events(
        self, request: Request, run: Run, every: float = 0.05
    ) -> Generator[Event, None, None]:
        """The same for a run that was admitted already, here or by whoever sent it."""

        def work(put: Callable[[Event], None]) -> None:
            run.report = put
            for answer in self.answers(request):
                put(answer)

        return stream(
            work,
            run,
            name=f"run {request.task}",
            stop=run.cancel,
            wait=False,
            patience=PATIENCE,
            every=every,
            replaces=lambda event: isinstance(event, Answer) and not event.facts,
        )

    def load_ahead(self, task_id: str, model: str = "auto", token: str | None = None) -> None:
        """Load the model of a tab that was opened, so that its first answer waits for nothing.

        Only a model whose files are here and for which there is room; one at a time. What goes
        wrong is for the run to tell.
        """
        task = find_task(task_id)
        if not self._load_ahead.acquire(blocking=False):
            return
        try:
            with Run(visitor=token or "").active(), suppress(PlaygroundError):
                entry = self.resolve(task, model)
                needed = [*self.catalogue.with_parts(entry)]
                needed += [self.catalogue[entry.base]] if entry.base else []
                if not all(self.store.local(one) for one in needed):
                    return
                opened, loading = self._loading(task, entry)
                if self.cache.held_bytes() + opened.memory_bytes <= self.settings.memory_bytes:
                    with loading:
                        pass
        finally:
            self._load_ahead.release()

    def answers(self, request: Request) -> Iterator[Answer]:
        """Yield answers as they grow, for the current run; the last one has the facts.

        Whatever is not a PlaygroundError is a defect: it is logged, and said without its details.
        """
        try:
            yield from self._answers(find_task(request.task), request)
        except (PlaygroundError, GeneratorExit):
            raise
        except Exception as error:
            log.exception("%s with model %s failed", request.task, request.model)
            if is_full(error):
                raise no_room() from error
            raise PlaygroundError(
                f"{request.task} failed on this input ({type(error).__name__}).",
                "Try another input or model; the log has the details.",
            ) from error

    def cost(self, entry: Entry) -> Cost | None:
        """What downloading a model and the parts it is made of would take; None if all are here.

        Raises:
            ModelError, DownloadError: the Hub has no such model, or does not answer.
        """
        costs = [self.store.cost(one) for one in self.catalogue.with_parts(entry)]
        needed = [cost for cost in costs if cost]
        if not needed:
            return None
        size = sum(cost.download_bytes for cost in needed)
        memory = entry.memory_bytes or needed[0].memory_bytes
        return replace(needed[0], download_bytes=size, memory_bytes=memory)

    def state(self, entry: Entry) -> str:
        """bundled, cached, downloadable or unreachable; of a part that is not here, that part's."""
        states = [self.store.state(one) for one in self.catalogue.with_parts(entry)]
        return next((s for s in ("unreachable", "downloadable") if s in states), states[0])

    def large_download(
        self, task_id: str, model: str, token: str | None = None
    ) -> tuple[Entry, Cost] | None:
        """The model that would have to be fetched first, if that is more than `confirm_mb`.

        "auto" never asks: what it takes is here, or one of the small starters.

        Raises:
            PlaygroundError: there is no such model, or it cannot be had.
        """
        if model == "auto":
            return None
        entry = self.resolve(find_task(task_id), model)
        with visitor.visited(token):
            cost = self.cost(entry)
        limit = self.settings.confirm_mb * 1_000_000
        return (entry, cost) if cost and cost.download_bytes > limit else None

    def close(self) -> None:
        """End what would outlive the process; its models end with it."""

    def _answers(self, task: Task, request: Request) -> Iterator[Answer]:
        def read(inputs: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
            with confined_to(self.file_folders):
                return task.read(inputs, options, self.settings)

        values = batch.values(task, request.inputs, request.options, read, self.settings.max_batch)
        entry = self.resolve(task, request.model, request.options)
        # What is written says it itself: translations and speech; a chat answers as it can.
        if not task.streams:
            note_if_foreign(_texts(task, request.inputs), entry.languages)
        yield from self._with_model(task, entry, values)

    def _loading(self, task: Task, entry: Entry) -> tuple[_Opened, AbstractContextManager[Lease]]:
        """The engine and the memory it will need, and what loads the model and holds it.

        The files of a model in memory are not looked at again: of an answer of 3 ms that took 1.

        Raises:
            PlaygroundError: its files cannot be had.
        """
        asked = task.id, entry.name, visitor.name()
        opened = self._opened.get(asked)
        if opened is None or opened.entry != entry or not self.cache.holds(opened.key):
            opened = self._open(task, entry)
            held = {k: one for k, one in self._opened.items() if self.cache.holds(one.key)}
            self._opened = {**held, asked: opened}
        using = self.cache.use(opened.key, entry.title, opened.memory_bytes, opened.load)
        return opened, using

    def _open(self, task: Task, entry: Entry) -> _Opened:
        """Bring the model's files here, and say how they are loaded."""
        folder = self.store.get(
            entry, lambda small: engine_for(small).variant(small, task.capabilities)
        )
        base = self.store.get(self.catalogue[entry.base]) if entry.base else None
        _, *made_of = self.catalogue.with_parts(entry)
        parts = [self.store.get(one) for one in made_of]
        chosen = engine_for(folder) if entry.engine == "auto" else engine(entry.engine)
        variant = chosen.variant(folder, task.capabilities)

        def load() -> Model:
            if parts:
                model = chosen.assemble(parts, self.settings)
            else:
                model = chosen.load(folder, variant, self.settings, base)
            model.system = entry.system
            return model

        key = ModelKey(entry.name, variant, visitor.owner(folder))
        return _Opened(entry, chosen, key, entry.memory_bytes or chosen.memory_of(folder), load)

    def _with_model(
        self, task: Task, entry: Entry, values: Callable[[Model], Generator[Any, None, None]]
    ) -> Iterator[Answer]:
        opened, loading = self._loading(task, entry)
        tell(Progress("loading", f"Starting {opened.engine.name}"))
        # Single passes have a lane of their own: they wait for their model alone.
        long = task.streams and not opened.engine.single_pass
        lane = self.long_runs.place(self.settings.long_runs) if long else nullcontext()
        with loading as lease, lane:
            began = time.perf_counter()
            value: Any = None
            with closing(values(lease.model)) as growing:
                for value in growing:
                    stop_if_cancelled()
                    if task.streams:
                        yield Answer(value, notes=tuple(current().notes), model=entry.name)
            run = current()
            facts = Facts(
                entry.name,
                entry.title,
                getattr(lease.model, "engine", opened.engine.name),
                lease.load_seconds,
                time.perf_counter() - began,
                lease.memory_bytes,
                run.tokens,
                run.audio_seconds,
                run.finish_reason,
                run.prompt_tokens,
                tuple(run.finish_reasons),
                run.heard,
            )
            yield Answer(value, facts, tuple(run.notes), run.offer_recommended, entry.name)


def _texts(task: Task, inputs: Mapping[str, Any]) -> list[str]:
    """The texts among a task's inputs."""
    given = [inputs.get(one.name) for one in task.inputs if isinstance(one.spec, Text)]
    listed = [one if isinstance(one, list) else [one] for one in given]
    return [text for texts in listed for text in texts if isinstance(text, str)]


def run(task_id: str, *inputs: Any, model: str = "auto", **options: Any) -> Any:
    """Answer a task from a script: `run("text-classification", "I love it")`.

    Inputs come in the task's order, options by name; a list gives a list of results. Returns the
    Hub's output shape; notes beside the answer are logged.

    Raises:
        PlaygroundError: a sentence and a hint.
    """
    names = [parameter.name for parameter in find_task(task_id).inputs]
    if len(inputs) > len(names):
        takes = (
            f"{task_id} takes {len(names)} input{'s' if len(names) > 1 else ''}, not {len(inputs)}."
        )
        raise InputError(takes, f"Give {', '.join(names)}; options go by name.")
    given = dict(zip(names, inputs, strict=False))
    by_name = {key: options.pop(key) for key in list(options) if key in names}
    answer = shared().run(task_id, {**given, **by_name}, model, options)
    for note in answer.notes:
        log.warning("%s: %s", task_id, note)
    return answer.value


_shared: list[Playground] = []


def shared() -> Playground:
    """The process's playground for scripts, made from the environment when first asked for."""
    if not _shared:
        _shared.append(Playground(from_environment()))
    return _shared[0]
