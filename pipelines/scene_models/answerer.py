"""The scene question answerer: picture and question → a short answer, word by word.

    answerer = Answerer.load(Path("assets/starters/scene-answerer"))
    "".join(answerer.answer(answerer.backbone.look(image), "How many cats are there?"))
    "2"

A question of another kind gets the sentence REFUSAL: the model has learned a word for
"another kind of question", and writes it rather than guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelines.scene_models.captioner import SceneWriter
from pipelines.scene_models.words import OTHER, PAD

if TYPE_CHECKING:
    from pipelines.scene_models.backbone import Sighting

REFUSAL = (
    "I can only answer about the things in a scene: what is there, how many, "
    "whether there is one, what is left of, right of, above or below a thing, "
    "which is the largest, and the colour of the background."
)


class Answerer(SceneWriter):
    """Answers questions about a picture of the scene world."""

    def answer(self, sighting: Sighting, question: str) -> Iterator[str]:
        """Yield the answer in pieces; together they are the answer, or REFUSAL."""
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
