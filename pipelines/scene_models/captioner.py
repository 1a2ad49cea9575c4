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

    from pipelines.scene_models.eyes import Eyes
    from pipelines.scene_models.reader import SceneReader
    from pipelines.scene_models.words import Words

EYES, READER = "eyes", "reader"  # the two folders of a bundle


class Captioner:
    """Says what is on a picture of the scene world."""

    def __init__(self, eyes: Eyes, reader: SceneReader, words: Words) -> None:
        self.eyes = eyes
        self.reader = reader
        self.words = words

    def caption(self, image: Image.Image) -> Iterator[str]:
        """Yield the caption in pieces; together they are the sentence."""
        import torch

        glance = self.eyes.look(image)
        nothing_asked = torch.zeros(1, 1, dtype=torch.long)
        first = True
        for word in self.reader.generate_words(glance.objects, glance.grid, nothing_asked):
            if piece := self.words.piece(int(word[0]), first):
                yield piece.capitalize() if first else piece
            first = False

    def familiar(self, image: Image.Image) -> bool:
        """Whether this looks like a picture of the scene world (a photograph does not)."""
        return self.eyes.look(image).strangeness <= 1


def load_captioner(folder: Path) -> Captioner:
    """Load a bundled captioner."""
    return Captioner(*load_parts(folder))


def load_parts(folder: Path) -> tuple[Eyes, SceneReader, Words]:
    """What captioner and question answerer are made of."""
    import torch

    from pipelines.scene_models.eyes import Eyes
    from pipelines.scene_models.reader import SceneReader
    from pipelines.scene_models.words import Words

    reader = SceneReader.from_pretrained(folder / READER, dtype=torch.float32).eval()
    return Eyes.load(folder / EYES), reader, Words.load(folder / READER)
