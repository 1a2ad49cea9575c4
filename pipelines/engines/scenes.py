"""The scene world's own models, which know drawn scenes only and say so of other images.

Knows which of the three bundled kinds a folder holds, no tasks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.capabilities import AnswerAboutImage, Capability, Caption, Detect, TextStream
from pipelines.engines.base import Engine, another_task
from pipelines.inputs import Picture
from pipelines.outputs import DetectedObject
from pipelines.scene_models.answerer import load_answerer
from pipelines.scene_models.captioner import load_captioner
from pipelines.scene_models.detector import load_detector
from pipelines.scene_models.note import note_if_unfamiliar
from pipelines.settings import Settings


class SceneModel:
    """One loaded scene model."""

    parallel = 1
    system = ""

    def __init__(self, model: Any) -> None:
        self.model = model

    def close(self) -> None:
        """Free the memory."""
        self.model = None


class SceneDetector(SceneModel, Detect):
    """Finds the objects of a scene."""

    def detect(self, image: Picture, threshold: float) -> list[DetectedObject]:
        """Objects in the Hub's shape, in pixels of the image."""
        note_if_unfamiliar(self.model, image)
        found: list[DetectedObject] = self.model(image, threshold)
        return found


class SceneCaptioner(SceneModel, Caption):
    """Describes a scene."""

    def caption(self, image: Picture, *, max_new_tokens: int) -> TextStream:
        """Yield the caption word by word; it is never long."""
        note_if_unfamiliar(self.model, image)
        yield from self.model.caption(image)


class SceneAnswerer(SceneModel, AnswerAboutImage):
    """Answers a question about a scene."""

    def answer(self, image: Picture, question: str, *, max_new_tokens: int) -> TextStream:
        """Yield the answer word by word; it is never long."""
        note_if_unfamiliar(self.model, image)
        yield from self.model.answer(image, question)


KINDS: dict[str, Capability] = {
    "detector": Detect,
    "captioner": Caption,
    "answerer": AnswerAboutImage,
}


class Scenes(Engine):
    """The bundled folders scene-detector, scene-captioner and scene-answerer."""

    name = "scenes"
    what = "a model of the scene world"
    offers = frozenset(KINDS.values())
    weight_patterns = ()

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """They are on no hub."""
        return []

    def owns(self, folder: Path) -> bool:
        """The catalogue names this engine for its bundled models."""
        return False

    def variant(self, folder: Path, capabilities: Sequence[Capability]) -> str:
        """The folder's kind, by its name.

        Raises:
            ModelError: it is made for another task.
        """
        kind = folder.name.rpartition("-")[2]
        if KINDS.get(kind) not in capabilities:
            raise another_task(f"This is {self.what}")
        return kind

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> SceneModel:
        """Load a bundled scene model."""
        if variant == "detector":
            return SceneDetector(load_detector(folder))
        if variant == "captioner":
            return SceneCaptioner(load_captioner(folder))
        return SceneAnswerer(load_answerer(folder))


ENGINE = Scenes()
