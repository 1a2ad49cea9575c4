"""The scene question answerer: picture and question → a short answer, word by word.

    answerer = load_answerer(Path("assets/starters/scene-answerer"))
    "".join(answerer.answer(image, "How many cats are there?"))
    "2"

A question of another kind gets the sentence REFUSAL: the model has learned a word for
"this is none of my questions", and says it rather than guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.scene_models.special import OTHER, PAD

if TYPE_CHECKING:
    from PIL import Image

    from pipelines.scene_models.eyes import Eyes, Glance
    from pipelines.scene_models.reader import SceneReader
    from pipelines.scene_models.words import Words

REFUSAL = (
    "I can only answer about the things in a scene: what is there, how many, "
    "whether there is one, what is left of, right of, above or below a thing, "
    "which is the largest, and the colour of the background."
)


class Answerer:
    """Answers questions about a picture of the scene world."""

    def __init__(self, eyes: Eyes, reader: SceneReader, words: Words) -> None:
        self.eyes = eyes
        self.reader = reader
        self.words = words

    def answer(self, image: Image.Image, question: str) -> Iterator[str]:
        """Yield the answer in pieces; together they are the answer, or REFUSAL."""
        return self.answer_glance(self.eyes.look(image), question)

    def answer_glance(self, glance: Glance, question: str) -> Iterator[str]:
        """The same for a picture already looked at: many questions, one look."""
        import torch

        asked = self.words.question(question)[: self.reader.config.longest]
        rows = torch.tensor([asked or [PAD]])
        first = True
        for word in self.reader.generate_words(glance.objects, glance.grid, rows):
            if int(word[0]) == OTHER:
                yield REFUSAL
                return
            if piece := self.words.piece(int(word[0]), first):
                yield piece
            first = False

    def familiar(self, image: Image.Image) -> bool:
        """Whether this looks like a picture of the scene world (a photograph does not)."""
        return self.eyes.look(image).strangeness <= 1


def load_answerer(folder: Path) -> Answerer:
    """Load a bundled question answerer."""
    from pipelines.scene_models.captioner import load_parts

    return Answerer(*load_parts(folder))
