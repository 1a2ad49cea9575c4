"""More scenes for the readers than were looked at: things of several looks put together.

What the backbone saw of a thing stays as it was; only its company changes. Without it the
captioner knew its 8,000 scenes by heart and named 0.92 of the things in others.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import torch
from torch import Tensor

from pipelines.scene_models.backbone import READER_OBJECTS
from pipelines.scene_models.overlap import overlap
from pipelines.scenes import SceneObject
from pipelines.scenes.words import ask, describe
from starters.scene_reading import Looks
from starters.scene_targets import SIDE

Seen = tuple[Tensor, SceneObject]


def _sorted_out(looks: Looks) -> tuple[list[Seen], list[Tensor]]:
    """What was seen of things that are there, and what was seen where nothing is."""
    things: list[Seen] = []
    noise: list[Tensor] = []
    for seen, scene in zip(looks.objects, looks.scenes, strict=True):
        for told in seen[seen[:, 4] != 0]:
            x, y, wide, high = (part * SIDE for part in told[:4].tolist())
            box = [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]
            nearest = max(scene.objects, key=lambda thing: overlap(box, list(thing.box)))
            shared = overlap(box, list(nearest.box))
            if shared > 0.5 and nearest.visible >= 0.3 and told[4] > 0.4:
                things.append((told, nearest))
            elif shared < 0.3 and told[4] < 0.3:
                noise.append(told)
    return things, noise


def mixed_scenes(looks: Looks, count: int, seed: int = 0) -> Looks:
    """So many new companies of things, each on the background of some scene."""
    rng = Random(seed)
    things, noise = _sorted_out(looks)
    objects = torch.zeros(count, READER_OBJECTS, looks.objects.shape[-1], dtype=looks.objects.dtype)
    grounds, scenes = [], []
    for number in range(count):
        ground = rng.randrange(len(looks.scenes))
        scene = looks.scenes[ground]
        chosen: list[Seen] = []
        wanted = rng.randint(1, 6)
        for _ in range(wanted * 3):
            told, thing = rng.choice(things)
            again = rng.random() < 0.3 and chosen
            if again and thing.label not in {other.label for _, other in chosen}:
                continue
            if all(overlap(list(thing.box), list(other.box)) < 0.4 for _, other in chosen):
                chosen.append((told, thing))
            if len(chosen) == wanted:
                break
        told_all = [told for told, _ in chosen] + rng.choices(noise, k=rng.choice((0, 0, 1, 2, 4)))
        objects[number, : len(told_all)] = torch.stack(told_all)
        there = [thing for _, thing in chosen]
        asked = ask(rng, there, set(), scene.background, SIDE)
        grounds.append(ground)
        scenes.append(
            replace(
                scene,
                seed=rng.getrandbits(40),
                objects=tuple(there),
                caption=describe(there, scene.background),
                questions=[(question, answer) for _, question, answer in asked],
                question_kinds=[kind for kind, _, _ in asked],
            )
        )
    return Looks(objects, looks.grids[torch.tensor(grounds)], scenes)
