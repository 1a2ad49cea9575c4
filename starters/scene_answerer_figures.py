"""The scene question answerer's held-out figures: exact answers, for each kind of question.

"other" are questions it must not guess at; right there is to say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pipelines.scene_models.answerer import REFUSAL, Answerer
from pipelines.scenes import make_scene
from starters.scene_other_questions import HELD_OUT_OTHERS
from starters.scene_targets import HELD_OUT_SEEDS
from starters.starter import Figure

CASES = 400
AIMS = {"all known kinds": "≥ 0.90", "other": ""}


def answer_figures(answerer: Answerer, seeds: Iterable[int]) -> dict[str, tuple[int, int]]:
    """(right, asked) for each kind of question, for all known kinds, and for others."""
    right: dict[str, int] = defaultdict(int)
    asked: dict[str, int] = defaultdict(int)
    for number, seed in enumerate(seeds):
        scene = make_scene(seed)
        sighting = answerer.backbone.look(scene.image)
        for kind, (question, answer) in zip(scene.question_kinds, scene.questions, strict=True):
            said = "".join(answerer.answer(sighting, question))
            for name in (kind, "all known kinds"):
                right[name] += said == answer
                asked[name] += 1
        other = HELD_OUT_OTHERS[number % len(HELD_OUT_OTHERS)]
        right["other"] += "".join(answerer.answer(sighting, other)) == REFUSAL
        asked["other"] += 1
    return {name: (right[name], asked[name]) for name in asked}


def figures(folder: Path, data: Path | None = None) -> list[Figure]:
    """Of a bundled question answerer, on held-out scenes."""
    found = answer_figures(Answerer.load(folder), HELD_OUT_SEEDS[:CASES])
    return [
        Figure(f"{name}, exact", right / asked, asked, AIMS.get(name, "≥ 0.80"))
        for name, (right, asked) in sorted(found.items())
    ]
