"""Engines: each is one module that loads a folder of files into a model object.

An engine knows files and its library, no tasks. Its library is imported when the first model
needs it, so the page is up before torch is.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

from pipelines.errors import ModelError
from pipelines.settings import Settings

MODULES = {
    "transformers": "pipelines.engines.transformers",
    "llama.cpp": "pipelines.engines.llama",
    "faster-whisper": "pipelines.engines.whisper",
    "piper": "pipelines.engines.piper",
    "scenes": "pipelines.engines.scenes",
}


class Model(Protocol):
    """A loaded model.

    `parallel` is how many runs it serves side by side; `system` the system message of a
    conversation that has none.
    """

    parallel: int
    system: str

    def close(self) -> None:
        """Give the memory back."""


class Engine(Protocol):
    """What each engine's module offers."""

    def variant(self, folder: Path, heads: Sequence[str]) -> str:
        """Which of the heads these files are loaded with; "" where there is but one way."""

    def load(self, folder: Path, variant: str, settings: Settings, *base: Path) -> Model:
        """Load the files; `base` is the backbone's folder where the files are only adapters."""


def engine(name: str) -> Engine:
    """The engine of that name, its library imported.

    Raises:
        ModelError: there is none, or its library is not installed.
    """
    if name not in MODULES:
        raise ModelError(
            f"There is no engine named {name!r}.", f"Choose from {', '.join(MODULES)}."
        )
    try:
        if name == "transformers":
            wait_for_transformers()
        module: Engine = import_module(MODULES[name])
    except ImportError as error:
        raise ModelError(
            f"{name} is not installed ({error.name}).",
            "Run make setup, or pip install -r requirements.txt.",
        ) from error
    return module


def only_for(heads: Sequence[str], served: set[str], what: str) -> None:
    """Check that files of one kind (`what`) can do a task that these heads serve.

    Raises:
        ModelError: they were made for other tasks.
    """
    if not served & set(heads):
        raise ModelError(f"This is {what}, made for another task.", "Pick a model of this task.")


def engine_for(folder: Path) -> str:
    """Which engine loads these files, judged by their kind."""
    if any(folder.glob("*.gguf")):
        return "llama.cpp"
    if any(folder.glob("*.onnx.json")):
        return "piper"
    if (folder / "model.bin").exists() and any(folder.glob("vocabulary.*")):
        return "faster-whisper"
    return "transformers"


def wait_for_transformers() -> None:
    """Import transformers, or wait until another thread has.

    At the end of its import it puts another module in its own place. A thread that asks for it
    meanwhile is given the one that stays empty; only when it asks again, the right one.
    """
    import_module("transformers")
