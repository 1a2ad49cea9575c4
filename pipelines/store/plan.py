"""What fetching a Hub model would take: which of its files, how large, under which licence.

Knows names and sizes of files, and makes no requests: `hub.plan` does. Which files they are is the
engines' knowledge. Weights come in one format only, after the small files beside them, so that a
folder with its weights is whole.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.engines import Engine, engine, engine_for_listing
from pipelines.errors import ModelError
from pipelines.store.widget import WidgetExample

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")

Check = Callable[[Path], object]


@dataclass(frozen=True)
class Wanted:
    """One file to fetch; `digest` is its sha256, or git's sha1 for the small ones."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True)
class Plan:
    """All that is fetched for one model, the small files first. Sizes in bytes.

    `engine_name` is the engine whose format the weights are in.
    """

    repo: str
    commit: str
    engine_name: str
    files: tuple[Wanted, ...]
    licence: str = ""
    parameters: int | None = None
    gated: bool = False
    private: bool = False
    pull_request: int | None = None  # the Hub's own conversion, where main has only pickles
    languages: tuple[str, ...] = ()
    examples: tuple[WidgetExample, ...] = ()  # of the card
    companions: tuple["Plan", ...] = ()

    @property
    def engine(self) -> Engine:
        """The engine that will load the files."""
        return engine(self.engine_name)

    @property
    def size_bytes(self) -> int:
        """How much is to be downloaded at most."""
        return sum(one.size for one in self.files) + sum(one.size_bytes for one in self.companions)

    @property
    def memory_bytes(self) -> int:
        """How much the loaded model will take, estimated."""
        sizes = {one.path: one.size for one in self.files}
        own = self.engine.memory_bytes(sizes, self.parameters)
        return own + sum(one.memory_bytes for one in self.companions)


def needed(names: Iterable[str]) -> list[str]:
    """Of a repository's files those to fetch, the weights last; none if no engine loads them."""
    names = list(names)
    owner = engine_for_listing(names)
    if owner is None:
        return []
    return owner.small_files(names) + owner.weights_of(names)


def refusal(repo: str, names: Iterable[str]) -> ModelError:
    """Why nothing of a repository can be fetched."""
    files = list(names)
    if "adapter_config.json" in files:
        return ModelError(
            f"{repo} holds only adapters for another model.",
            "Pick a copy in which they are merged, or the model they were made for.",
        )
    if any(name.endswith(PICKLED) for name in files):
        return ModelError(
            f"{repo} has only pickled weights, which can run code when they are opened.",
            "They are never loaded here; look for a copy with safetensors or GGUF weights.",
        )
    return ModelError(
        f"{repo} has no weights that can be loaded here.",
        "Pick a model with safetensors, GGUF or CTranslate2 weights, or a Piper or Kokoro voice.",
    )


def whole(folder: Path) -> bool:
    """Whether a folder has all that an engine needs: weights are the last files that come."""
    owner = engine_for_listing(file.relative_to(folder).as_posix() for file in folder.rglob("*"))
    return owner is not None and owner.is_whole(folder)
