"""The scene captioner's held-out figures: visible things it names, things it makes up.

Counted thing by thing: "two dogs" where there are three names two of three and makes up none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from pipelines.scene_models.captioner import Captioner
from pipelines.scenes import KINDS, make_scene
from pipelines.scenes.words import NUMBERS
from starters.scene_targets import HELD_OUT_SEEDS
from starters.starter import Figure

CASES = 1000
AIMS = {"visible things named": "≥ 0.90", "things made up, per thing": "≤ 0.05"}


def named_things(caption: str) -> Counter[str]:
    """The things a caption names, with their numbers."""
    words = caption.lower().replace(",", "").replace(".", "").split()
    named: Counter[str] = Counter()
    for before, word in pairwise(words):
        for kind in KINDS:
            if word == kind.name and before in ("a", "an"):
                named[kind.name] += 1
            elif word == kind.plural and before in NUMBERS:
                named[kind.name] += NUMBERS.index(before)
    return named


def caption_figures(captioner: Captioner, seeds: Iterable[int]) -> dict[str, float]:
    """Share of visible things named, made-up things per thing, captions exactly right."""
    there = named = made_up = colours = exact = cases = 0
    for seed in seeds:
        scene = make_scene(seed)
        caption = "".join(captioner.caption(captioner.backbone.look(scene.image)))
        truth = Counter(thing.label for thing in scene.asked)
        said = named_things(caption)
        there += truth.total()
        named += (truth & said).total()
        made_up += (said - truth).total()
        colours += f" {scene.background} background" in caption
        exact += caption == scene.caption
        cases += 1
    return {
        "visible things named": named / there,
        "things made up, per thing": made_up / there,
        "background colour right": colours / cases,
        "caption exactly right": exact / cases,
        "things": float(there),
    }


def figures(folder: Path, data: Path | None = None) -> list[Figure]:
    """Of a bundled captioner, on held-out scenes."""
    found = caption_figures(Captioner.load(folder), HELD_OUT_SEEDS[:CASES])
    things = int(found.pop("things"))
    return [
        Figure(name, value, things if "things" in name else CASES, AIMS.get(name, ""))
        for name, value in found.items()
    ]
