"""The scene captioner: picture → one sentence, word by word.

captioner = load_captioner(Path("assets/starters/scene-captioner"))
"".join(captioner.caption(image))
"A dog and two cats on a blue background."
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from pipelines.scene_models.backbone import Backbone
    from pipelines.scene_models.reader import SceneReader
    from pipelines.scene_models.words import Words

VISION, READER = "vision", "reader"  # the two folders of a bundle


class Captioner:
    """Says what is on a picture of the scene world."""

    def __init__(self, backbone: Backbone, reader: SceneReader, words: Words) -> None:
        self.backbone = backbone
        self.reader = reader
        self.words = words

    def caption(self, image: Image.Image) -> Iterator[str]:
        """Yield the caption in pieces; together they are the sentence."""
        import torch

        sighting = self.backbone.look(image)
        nothing_asked = torch.zeros(1, 1, dtype=torch.long)
        first = True
        for word in self.reader.generate_words(sighting.objects, sighting.grid, nothing_asked):
            if piece := self.words.piece(int(word[0]), first):
                yield piece.capitalize() if first else piece
            first = False

    def familiar(self, image: Image.Image) -> bool:
        """Whether this looks like a picture of the scene world (a photograph does not)."""
        return self.backbone.look(image).ood_score <= 1


def load_captioner(folder: Path) -> Captioner:
    """Load a bundled captioner."""
    return Captioner(*load_parts(folder))


def load_parts(folder: Path) -> tuple[Backbone, SceneReader, Words]:
    """What captioner and question answerer are made of."""
    import torch

    from pipelines.scene_models.backbone import Backbone
    from pipelines.scene_models.reader import SceneReader
    from pipelines.scene_models.words import Words

    reader = SceneReader.from_pretrained(folder / READER, dtype=torch.float32).eval()
    return Backbone.load(folder / VISION), reader, Words.load(folder / READER)
