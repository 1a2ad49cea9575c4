"""The scene world's own models, which know drawn scenes only and say so of other images.

Knows which of the three bundled kinds a folder holds, no tasks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from pipelines.capabilities import AnswerAboutImage, Capability, Caption, Detect, TextStream
from pipelines.engines.base import CatalogueEngine, another_task
from pipelines.inputs import Picture
from pipelines.outputs import DetectedObject
from pipelines.run import offer_recommended
from pipelines.scene_models.answerer import Answerer
from pipelines.scene_models.captioner import Captioner
from pipelines.scene_models.detector import Detector, detections
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.scene_models.backbone import Sighting

UNFAMILIAR = (
    "This model only knows the scene world: drawn everyday things on plain backgrounds. "
    "This picture looks like something else."
)
Loaded = TypeVar("Loaded", bound=Detector | Captioner | Answerer)


class SceneModel(Generic[Loaded]):
    """One loaded scene model."""

    parallel = 1
    system = ""

    def __init__(self, model: Loaded) -> None:
        self.model = model

    def look(self, image: Picture) -> "Sighting":
        """What the backbone sees, with a note if that is not of the scene world."""
        sighting: Sighting = self.model.backbone.look(image)
        if not sighting.familiar:
            offer_recommended(UNFAMILIAR)
        return sighting

    def close(self) -> None:
        """Free the memory."""
        del self.model


class SceneDetector(SceneModel[Detector], Detect):
    """Finds the objects of a scene."""

    def detect(self, image: Picture, threshold: float) -> list[DetectedObject]:
        """Objects in the Hub's shape, in pixels of the image."""
        return detections(self.look(image), self.model.backbone.labels, threshold)


class SceneCaptioner(SceneModel[Captioner], Caption):
    """Describes a scene."""

    def caption(self, image: Picture, *, max_new_tokens: int) -> TextStream:
        """Yield the caption word by word; it is never long."""
        yield from self.model.caption(self.look(image))


class SceneAnswerer(SceneModel[Answerer], AnswerAboutImage):
    """Answers a question about a scene."""

    def answer(self, image: Picture, question: str, *, max_new_tokens: int) -> TextStream:
        """Yield the answer word by word; it is never long."""
        yield from self.model.answer(self.look(image), question)


KINDS: dict[str, Capability] = {
    "detector": Detect,
    "captioner": Caption,
    "answerer": AnswerAboutImage,
}


class Scenes(CatalogueEngine):
    """The bundled folders scene-detector, scene-captioner and scene-answerer."""

    name = "scenes"
    what = "a model of the scene world"
    offers = frozenset(KINDS.values())

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
    ) -> SceneDetector | SceneCaptioner | SceneAnswerer:
        """Load a bundled scene model."""
        if variant == "detector":
            return SceneDetector(Detector.load(folder))
        if variant == "captioner":
            return SceneCaptioner(Captioner.load(folder))
        return SceneAnswerer(Answerer.load(folder))


ENGINE = Scenes()
