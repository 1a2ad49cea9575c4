"""The playground: from a task's name and a user's input to an answer, with progress on the way.

Ties catalogue, store, cache and adapters together; what a tab, an endpoint and a script share.
Knows no gradio.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.cache import ModelCache
from pipelines.catalogue import Catalogue, Entry, catalogue
from pipelines.engines import Model, engine, engine_for
from pipelines.errors import InputError, PlaygroundError
from pipelines.events import stream
from pipelines.inputs.files import confined_to
from pipelines.model_key import ModelKey
from pipelines.registry import task as find_task
from pipelines.resolve import Resolver, resolve
from pipelines.run import Request, Run, current, stop_if_cancelled, tell
from pipelines.settings import Settings, from_environment
from pipelines.store import Cost, Progress, Store, visitor
from pipelines.task import Task

log = logging.getLogger("playground")
PATIENCE = 1.0  # seconds a stopped run has to say its last word


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


@dataclass(frozen=True)
class Answer:
    """A result in the Hub's shape; `facts` and `notes` come with the last one of a run."""

    value: Any
    facts: Facts | None = None
    notes: tuple[str, ...] = ()
    offer_recommended: bool = False


Event = Progress | Answer


class Playground:
    """One process's models, shared by all its users."""

    def __init__(self, settings: Settings, known: Catalogue | None = None) -> None:
        self.settings = settings
        self.catalogue = known or catalogue()
        self.store = Store(settings)
        self.cache = ModelCache(settings.memory_bytes)
        self.resolvers: dict[str, Resolver] = {}  # by the prefix of the names that each resolves
        self.file_folders: Sequence[Path] | None = None  # where runs may open files; None: anywhere

    def resolve(self, task: Task, name: str) -> Entry:
        """The entry for what a user asked for.

        Raises:
            ModelError: no such model, another task's, or not allowed in public mode.
        """
        return resolve(task, name, self.catalogue, self.store, self.settings, self.resolvers)

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
        broken off, as one pass through it, comes to its end unseen.

        The thread ends with the run, and that matters: torch and llama.cpp share one OpenMP, which
        stops spinning as soon as all pools of living threads together have more threads than the
        machine has cores. A torch pool left alive took llama.cpp from 90 to 36 tokens/s here.

        Raises:
            PlaygroundError: a sentence and a hint; Cancelled when `cancel` was set.
        """
        run = Run(cancel=cancel, visitor=request.visitor, parent=current())

        def work(put: Callable[[Event], None]) -> None:
            run.report = put
            for answer in self.answers(request):
                put(answer)

        yield from stream(
            work,
            run,
            name=f"run {request.task}",
            stop=cancel,
            wait=False,
            patience=PATIENCE,
            every=every,
            replaces=lambda event: isinstance(event, Answer) and not event.facts,
        )

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
            raise PlaygroundError(
                f"{request.task} failed on this input ({type(error).__name__}).",
                "Try another input or model; the log has the details.",
            ) from error

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
            cost = self.store.cost(entry)
        limit = self.settings.confirm_mb * 1_000_000
        return (entry, cost) if cost and cost.download_bytes > limit else None

    def _answers(self, task: Task, request: Request) -> Iterator[Answer]:
        with confined_to(self.file_folders):
            arguments = task.read(request.inputs, request.options, self.settings)
        yield from self._with_model(task, self.resolve(task, request.model), arguments)

    def _with_model(self, task: Task, entry: Entry, arguments: dict[str, Any]) -> Iterator[Answer]:
        folder = self.store.get(
            entry, lambda small: engine_for(small).variant(small, task.capabilities)
        )
        base = self.store.get(self.catalogue[entry.base]) if entry.base else None
        chosen = engine_for(folder) if entry.engine == "auto" else engine(entry.engine)
        tell(Progress("loading", f"Starting {chosen.name}"))
        variant = chosen.variant(folder, task.capabilities)

        def load() -> Model:
            model = chosen.load(folder, variant, self.settings, base)
            model.system = entry.system
            return model

        key = ModelKey(entry.name, variant, visitor.owner(folder))
        memory = entry.memory_bytes or chosen.memory_of(folder)
        with self.cache.use(key, entry.title, memory, load) as lease:
            began = time.perf_counter()
            value: Any = None
            results = task.run(lease.model, **arguments)
            # However this ends, the adapter is closed before another run gets the model.
            with closing(results) if task.streams else nullcontext():
                for value in results if task.streams else [results]:
                    stop_if_cancelled()
                    if task.streams:
                        yield Answer(value)
            run = current()
            facts = Facts(
                entry.name,
                entry.title,
                chosen.name,
                lease.load_seconds,
                time.perf_counter() - began,
                lease.memory_bytes,
                run.tokens,
                run.audio_seconds,
            )
            yield Answer(value, facts, tuple(run.notes), run.offer_recommended)


def run(task_id: str, *inputs: Any, model: str = "auto", **options: Any) -> Any:
    """Answer a task from a script: `run("text-classification", "I love it")`.

    Inputs come in the task's order, options by name. Returns the Hub's output shape.

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
    return shared().run(task_id, {**given, **by_name}, model, options).value


_shared: list[Playground] = []


def shared() -> Playground:
    """The process's playground for scripts, made from the environment when first asked for."""
    if not _shared:
        _shared.append(Playground(from_environment()))
    return _shared[0]
