"""The scene question answerer: picture and question → a short answer, word by word.

    answerer = load_answerer(Path("assets/starters/scene-answerer"))
    "".join(answerer.answer(image, "How many cats are there?"))
    "2"

A question of another kind gets the sentence REFUSAL: the model has learned a word for
"another kind of question", and writes it rather than guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.scene_models.special import OTHER, PAD

if TYPE_CHECKING:
    from PIL import Image

    from pipelines.scene_models.backbone import Backbone, Sighting
    from pipelines.scene_models.reader import SceneReader
    from pipelines.scene_models.words import Words

REFUSAL = (
    "I can only answer about the things in a scene: what is there, how many, "
    "whether there is one, what is left of, right of, above or below a thing, "
    "which is the largest, and the colour of the background."
)


class Answerer:
    """Answers questions about a picture of the scene world."""

    def __init__(self, backbone: Backbone, reader: SceneReader, words: Words) -> None:
        self.backbone = backbone
        self.reader = reader
        self.words = words

    def answer(self, image: Image.Image, question: str) -> Iterator[str]:
        """Yield the answer in pieces; together they are the answer, or REFUSAL."""
        return self.answer_sighting(self.backbone.look(image), question)

    def answer_sighting(self, sighting: Sighting, question: str) -> Iterator[str]:
        """The same for a picture that the backbone has run on: many questions, one forward pass."""
        import torch

        asked = self.words.question(question)[: self.reader.config.longest]
        rows = torch.tensor([asked or [PAD]])
        first = True
        for word in self.reader.generate_words(sighting.objects, sighting.grid, rows):
            if int(word[0]) == OTHER:
                yield REFUSAL
                return
            if piece := self.words.piece(int(word[0]), first):
                yield piece
            first = False

    def familiar(self, image: Image.Image) -> bool:
        """Whether this looks like a picture of the scene world (a photograph does not)."""
        return self.backbone.look(image).ood_score <= 1


def load_answerer(folder: Path) -> Answerer:
    """Load a bundled question answerer."""
    from pipelines.scene_models.captioner import load_parts

    return Answerer(*load_parts(folder))
