"""What an engine is: one library, and all that is known of the file format which it loads.

To add one, write `pipelines/engines/NAME.py` with a subclass of Engine and an instance named
ENGINE; nothing else is to be changed. Importing that file must stay cheap: the library itself is
imported when the first model is loaded. An engine knows files and its library, and no tasks.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pipelines.capabilities import Capability
from pipelines.errors import ModelError
from pipelines.settings import Settings

# The small files that a repository keeps beside its weights: configuration and vocabulary.
SMALL_FILES = ("*.json", "*.txt", "*.model", "*.jinja", "*.spm", "*bpe.codes")


class Model(Protocol):
    """A loaded model; what it can do besides is said by `pipelines.capabilities`.

    `parallel` is how many runs it serves at once; `system` the system message of a conversation
    that has none of its own. One that begins with less memory than it may grow to says in
    `spare_bytes` how much that is.
    """

    parallel: int
    system: str

    def close(self) -> None:
        """Free the memory."""


@dataclass(frozen=True)
class Languages:
    """The languages a translation model knows: its own token for each by BCP 47 code.

    Empty where the files do not say: then any language is tried.
    """

    source: Mapping[str, str] = field(default_factory=dict)
    target: Mapping[str, str] = field(default_factory=dict)


class Engine(ABC):
    """One engine.

    `offers` are the capabilities that its models may have; `weight_patterns` match the files that
    hold weights; `hub_tags` are the tags under which the Hub lists its format.
    """

    name: ClassVar[str]
    what: ClassVar[str]  # one of its models in words, for errors: "a voice"
    offers: ClassVar[frozenset[Capability]]
    weight_patterns: ClassVar[tuple[str, ...]]
    hub_tags: ClassVar[tuple[str, ...]] = ()
    # Takes the folders that no other engine owns; a listing in its format is preferred to others.
    fallback: ClassVar[bool] = False
    # Its models answer in one forward pass or a few, also tasks that other models stream.
    single_pass: ClassVar[bool] = False
    # Keeps the prompt's key-value cache between chats, so that prefilling a prompt pays off.
    reuses_prompts: ClassVar[bool] = False
    # Computes on a GPU where there is one.
    uses_gpu: ClassVar[bool] = False
    # Whether the small files tell, before the weights are downloaded, if a model can be loaded.
    checks_config: ClassVar[bool] = False

    # The format.

    @abstractmethod
    def weight_files(self, names: Sequence[str]) -> list[str]:
        """Of the names at a repository's top level the weights to fetch; none if not its format."""

    def weights_of(self, names: Sequence[str]) -> list[str]:
        """The same of all names in a repository, for a format whose weights lie in a folder."""
        return self.weight_files([name for name in names if "/" not in name])

    def small_files(self, names: Sequence[str]) -> list[str]:
        """Of all names in a repository the files to fetch besides, and before, the weights."""
        top = [name for name in names if "/" not in name]
        return [name for name in top if any(fnmatch(name, one) for one in SMALL_FILES)]

    def is_weights(self, name: str) -> bool:
        """Whether a file holds weights in this engine's format."""
        return any(fnmatch(name, pattern) for pattern in self.weight_patterns)

    def is_whole(self, folder: Path) -> bool:
        """Whether a folder in this format has all files that loading needs."""
        return True

    @abstractmethod
    def owns(self, folder: Path) -> bool:
        """Whether the files of a folder are in this engine's format."""

    def companions(self, config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Repositories, each with a revision, that a model of this config cannot work without."""
        return ()

    def memory_bytes(self, sizes: Mapping[str, int], parameters: int | None) -> int:
        """Memory of the loaded model, estimated from the sizes of its files."""
        return sum(size for name, size in sizes.items() if self.is_weights(name))

    def memory_of(self, folder: Path) -> int:
        """The same for a folder on this disk."""
        sizes = {file.name: file.stat().st_size for file in folder.iterdir() if file.is_file()}
        return self.memory_bytes(sizes, None) or sum(sizes.values())

    # The model.

    def variant(self, folder: Path, capabilities: Sequence[Capability]) -> str:
        """How to load a folder for one of these capabilities, the preferred first.

        The answer means something to this engine only, and is part of the loaded model's key in
        the cache: capabilities that can share one loaded model have the same variant.

        Raises:
            ModelError: the model has none of them.
        """
        if not self.offers & set(capabilities):
            raise another_task(f"This is {self.what}")
        return ""

    def languages(self, folder: Path) -> Languages:
        """The languages that a translation model reads and writes, told without loading it."""
        return Languages()

    def voices(self, folder: Path) -> list[str]:
        """The names of a model's voices, the default first; empty where it has only one."""
        return []

    def listed_voices(self, names: Sequence[str]) -> list[str]:
        """The same by the names of its files alone, while it is not here."""
        return []

    @abstractmethod
    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> Model:
        """Load the folder; `base` is the backbone's folder where the files are only adapters.

        Raises:
            ModelError: the files cannot be loaded.
        """

    def prepare(self, folder: Path) -> None:
        """Convert the verified files of a catalogue entry in place, once (`Entry.prepare`)."""
        raise NotImplementedError

    def assemble(self, parts: Sequence[Path], settings: Settings) -> Model:
        """Load a model that is made of others (`Entry.parts`), from their folders.

        Raises:
            ModelError: the files cannot be loaded.
        """
        raise NotImplementedError


class CatalogueEngine(Engine):
    """An engine for models of the catalogue alone, whose entries name it; none are on a hub."""

    weight_patterns = ()

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """None."""
        return []

    def owns(self, folder: Path) -> bool:
        """No: it is not chosen by a folder's files."""
        return False


@contextmanager
def library_of(engine: Engine) -> Iterator[None]:
    """Turn a failed import inside the block into an error that names the engine.

    Raises:
        ModelError: the engine's library is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise ModelError(
            f"{engine.name} is not installed ({error.name}).",
            "Run make setup, or pip install -r requirements.txt.",
        ) from error


def another_task(what: str) -> ModelError:
    """The error for a model that was made for other tasks."""
    return ModelError(f"{what}, made for another task.", "Pick a model of this task.")
