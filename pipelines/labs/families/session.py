"""Opening a model for lab 1, and working with it on a thread that ends.

From a column's family and a model's name to a model with its attention weights, held by the same
cache under the same budget as every other model of the playground. What was computed for a text
stays with the model, so that a slider or a click does not ask the model anew. Knows no page.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from pipelines.catalogue import Entry
from pipelines.engines import engine_for
from pipelines.engines.llama import ENGINE as LLAMA_CPP
from pipelines.engines.llama import files_of
from pipelines.engines.transformers.engine import Transformers
from pipelines.errors import Cancelled, ModelError, PlaygroundError
from pipelines.events import stream
from pipelines.labs.families import attention
from pipelines.labs.families.attention import Family
from pipelines.labs.families.gguf_folder import transformers_folder
from pipelines.model_key import ModelKey
from pipelines.playground import PATIENCE, Playground
from pipelines.registry import task as find_task
from pipelines.run import Run, current, stop_if_cancelled, tell
from pipelines.store import Progress, visitor

log = logging.getLogger("playground")
Made = TypeVar("Made")
REMEMBERED = 24  # results a model; the attention of 48 tokens through 30 layers is 2.5 MB

# The task whose models a column offers, and the Auto class it opens them with: an encoder comes
# with the head it was saved with, for that head decides what more the column can show.
TASKS: dict[Family, str] = {
    "encoder": "feature-extraction",
    "decoder": "text-generation",
    "encoder-decoder": "translation",
}
HEADS: dict[Family, str] = {
    "encoder": "auto",
    "decoder": "ForCausalLM",
    "encoder-decoder": "ForSeq2SeqLM",
}
# What a model opened for a column is called in the cache, beside the same model of a tab.
VARIANTS: dict[Family, str] = {family: f"lab {family}" for family in TASKS}


class LabModel:
    """A model opened for the lab, its tokenizer, and what was computed with them lately."""

    parallel = 1
    system = ""

    def __init__(self, model: Any, tokenizer: Any, title: str, name: str = "") -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.title = title
        self.name = name or title
        self._made: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def remembered(self, key: Hashable) -> Any:
        """What was made for this key, if it is still here."""
        made = self._made.get(key)
        return made.result() if made and made.done() else None

    def remember(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gave for this key, made when it is not here any more.

        Who asks for what another is making waits for it, and makes it when the other one left.
        """
        while True:
            with self._lock:
                made = self._made.get(key)
                mine = made is None
                made = made or self._made.setdefault(key, Future())
                self._made.move_to_end(key)
                while len(self._made) > REMEMBERED:
                    self._made.popitem(last=False)
            if mine:
                try:
                    made.set_result(make())
                except BaseException as error:
                    self._made.pop(key, None)  # the next one tries again
                    made.set_exception(error)
            try:
                return cast(Made, made.result())
            except Cancelled:
                if mine:
                    raise
                stop_if_cancelled()

    def close(self) -> None:
        """Give the memory back."""
        self.model = self.tokenizer = None
        self._made.clear()


@dataclass(frozen=True, slots=True)
class Worked:
    """What a piece of work gave, and what it took."""

    value: Any
    title: str
    seconds: float
    load_seconds: float


def work(
    playground: Playground,
    family: Family,
    name: str,
    do: Callable[[LabModel], Any],
    cancel: threading.Event | None = None,
    token: str | None = None,
) -> Iterator[Progress | Worked]:
    """Yield progress, and at the end what `do` made of the model.

    Who sets `cancel` does not wait for the model. `token` is that of a visitor who signed in. The
    thread ends with the work, for torch's pool ends with it and llama.cpp gets the cores back (see
    Playground.stream).

    Raises:
        PlaygroundError: a sentence and a hint; Cancelled when `cancel` was set.
    """
    cancel = cancel or threading.Event()
    run = Run(cancel=cancel, visitor=token or "", parent=current())

    def worked(put: Callable[[Progress | Worked], None]) -> None:
        run.report = put
        put(_worked(playground, family, name, do))

    try:
        yield from stream(
            worked, run, name=f"lab {family}", stop=cancel, wait=False, patience=PATIENCE
        )
    except PlaygroundError:
        raise
    except Exception as error:
        log.exception("lab 1 failed with %s", name)
        raise PlaygroundError(
            f"This model cannot show that of this text ({type(error).__name__}).",
            "Try another text or model; the log has the details.",
        ) from error


def is_open(playground: Playground, family: Family, entry: Entry) -> bool:
    """Whether the model is in memory for this family's column."""
    keys = [one.key for one in playground.cache.loaded()]
    return (entry.name, VARIANTS[family]) in {(key.name, key.variant) for key in keys}


def _worked(
    playground: Playground, family: Family, name: str, do: Callable[[LabModel], Any]
) -> Worked:
    task = find_task(TASKS[family])
    entry = playground.resolve(task, name)

    def check(small: Path) -> None:
        found = attention.family(attention.config(small))
        if found != family:
            raise ModelError(
                f"{entry.title} is {_article(found)} model, and this column shows "
                f"{_article(family)} one.",
                "Pick it in its own column.",
            )

    files = playground.store.get(entry, check)
    target = playground.settings.cache / "labs" / entry.name.replace("/", "--")

    def load() -> LabModel:
        with playground.store.writing(target.parent):
            folder = _folder(files, target)
        check(folder)
        model, tokenizer = attention.load(folder, HEADS[family])
        return LabModel(model, tokenizer, entry.title, entry.name)

    owner = engine_for(files)
    memory = owner.memory_of(files)
    if owner is LLAMA_CPP:  # its four or eight bits a parameter become 32
        memory = 4 * entry.parameters if entry.parameters else 6 * memory
    key = ModelKey(entry.name, VARIANTS[family], visitor.owner(files))
    with playground.cache.use(key, entry.title, memory, load) as lease:
        attention.one_thread()
        began = time.perf_counter()
        value = do(cast(LabModel, lease.model))
        seconds = time.perf_counter() - began
        return Worked(value, entry.title, seconds, lease.load_seconds)


def _folder(files: Path, target: Path) -> Path:
    """The transformers folder of these files; made from a GGUF file when they are one."""
    owner = engine_for(files)
    if isinstance(owner, Transformers):  # or one that converts its folders
        return files
    if owner is not LLAMA_CPP:
        raise ModelError(
            f"This model runs on {owner.name}, which gives no attention weights.",
            "Pick a model with safetensors weights.",
        )
    file, _ = files_of(files)
    assert file, "the store fetches no projector alone"
    return transformers_folder(file, target, lambda say: tell(Progress("loading", say)))


def _article(family: Family) -> str:
    named: dict[Family, str] = {
        "encoder": "an encoder-only",
        "decoder": "a decoder-only",
        "encoder-decoder": "an encoder-decoder",
    }
    return named[family]
