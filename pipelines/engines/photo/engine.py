"""The engine of photographs: which of four models a folder or an entry's parts are."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.capabilities import AnswerAboutImage, Capability, Caption, ClassifyImage, Detect
from pipelines.engines.base import CatalogueEngine, Model, another_task, library_of
from pipelines.engines.photo import classifier, detector, text_reader
from pipelines.engines.photo.classifier import Classifier
from pipelines.engines.photo.describer import Describer
from pipelines.engines.photo.detector import Detector
from pipelines.engines.photo.ssd_graph import convert_ssd
from pipelines.engines.photo.text_reader import TextReader
from pipelines.settings import Settings

# Each model: a file that only its folder has, what it can do, and what loads it.
KINDS: dict[str, tuple[str, Capability, Callable[[Path, Settings], Model]]] = {
    "detector": (detector.FILE, Detect, Detector),
    "classifier": (classifier.PATTERN, ClassifyImage, Classifier),
    "reader": (text_reader.DETECTOR, Caption, TextReader),
}


class Photo(CatalogueEngine):
    """The catalogue's models of photographs."""

    name = "photo"
    what = "a model of photographs"
    offers = frozenset({Detect, ClassifyImage, Caption, AnswerAboutImage})
    single_pass = True

    def variant(self, folder: Path, capabilities: Sequence[Capability]) -> str:
        """Which model the folder holds; of the describer's there is nothing but its card.

        Raises:
            ModelError: it is made for another task.
        """
        kind = next((kind for kind, (file, *_) in KINDS.items() if any(folder.glob(file))), "")
        able = {KINDS[kind][1]} if kind else {Caption, AnswerAboutImage}
        if not able & set(capabilities):
            raise another_task(f"This is {self.what}")
        return kind or "describer"

    def prepare(self, folder: Path) -> None:
        """TensorFlow's frozen graph → OpenVINO's IR without its loops, which loads in a second."""
        source = next(folder.glob("*.pb"))
        convert_ssd(source, folder / detector.FILE)
        source.unlink()

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> Model:
        """Load one model."""
        with library_of(self):
            return KINDS[variant][2](folder, settings)

    def assemble(self, parts: Sequence[Path], settings: Settings) -> Model:
        """Load detector, classifier and text reader, and put the describer together."""
        seen, named, read = parts
        with library_of(self):
            return Describer(
                Detector(seen, settings), Classifier(named, settings), TextReader(read, settings)
            )


ENGINE = Photo()
