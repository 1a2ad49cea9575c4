"""The scene world's own models: pictures of a small known world, seen and put into words.

Knows which of the three bundled kinds a folder holds, no tasks. Each says whether a picture is of
its world at all.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.scene_models.answerer import load_answerer
from pipelines.scene_models.captioner import load_captioner
from pipelines.scene_models.detector import load_detector
from pipelines.settings import Settings

LOADERS = {
    "detector": load_detector,
    "captioner": load_captioner,
    "answerer": load_answerer,
}


class SceneModel:
    """One loaded scene model: what it cannot do, its kind was not made for."""

    parallel = 1
    system = ""

    def __init__(self, model: Any) -> None:
        self._model = model

    def familiar(self, image: Any) -> bool:
        """Whether the picture is of the scene world."""
        return bool(self._model.familiar(image))

    def detect(self, image: Any, threshold: float) -> Any:
        """Objects in the Hub's shape, in pixels of the picture."""
        return self._model(image, threshold)

    def caption(self, image: Any) -> Iterator[str]:
        """Yield the caption piece by piece."""
        yield from self._model.caption(image)

    def answer(self, image: Any, question: str) -> Iterator[str]:
        """Yield the answer piece by piece."""
        yield from self._model.answer(image, question)

    def close(self) -> None:
        """Give the memory back."""
        self._model = None


def variant(folder: Path, heads: Sequence[str]) -> str:
    """Which of the three the folder holds."""
    return folder.name.rpartition("-")[2]


def load(folder: Path, variant: str, settings: Settings) -> SceneModel:
    """Load a bundled scene model."""
    return SceneModel(LOADERS[variant](folder))
