"""The scene captioner: picture → one sentence, word by word.

captioner = Captioner.load(Path("assets/starters/scene-captioner"))
"".join(captioner.caption(captioner.backbone.look(image)))
"A dog and two cats on a blue background."
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pipelines.scene_models.backbone import Backbone, Sighting
    from pipelines.scene_models.reader import SceneReader
    from pipelines.scene_models.words import Words

VISION, READER = "vision", "reader"  # the two folders of a bundle


class SceneWriter:
    """What captioner and question answerer are made of: a backbone, a reader and its vocabulary."""

    def __init__(self, backbone: Backbone, reader: SceneReader, words: Words) -> None:
        self.backbone = backbone
        self.reader = reader
        self.words = words

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a bundled captioner."""
        import torch

        from pipelines.scene_models.backbone import Backbone
        from pipelines.scene_models.reader import SceneReader
        from pipelines.scene_models.words import Words

        reader = SceneReader.from_pretrained(folder / READER, dtype=torch.float32).eval()
        return cls(Backbone.load(folder / VISION), reader, Words.load(folder / READER))


class Captioner(SceneWriter):
    """Says what is on a picture of the scene world."""

    def caption(self, sighting: Sighting) -> Iterator[str]:
        """Yield the caption in pieces; together they are the sentence."""
        import torch

        nothing_asked = torch.zeros(1, 1, dtype=torch.long)
        first = True
        for word in self.reader.generate_words(sighting.objects, sighting.grid, nothing_asked):
            if piece := self.words.piece(int(word[0]), first):
                yield piece.capitalize() if first else piece
            first = False
