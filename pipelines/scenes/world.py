"""The scene world: pictures made by a program, so that the truth of each is known.

Knows how things are sized, turned, lit and placed, and what of each can be seen.
Leaves the backgrounds to background.py and the words to words.py.

    scene = make_scene(7)
    scene.image, scene.objects, scene.caption, scene.questions
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.folders import ASSETS
from pipelines.scenes.background import draw_background
from pipelines.scenes.kinds import LABELS, Box, SceneObject
from pipelines.scenes.words import ask, describe

DRAWINGS = ASSETS / "scenes"

ASKED = 0.3  # objects with a smaller visible share are not asked about
CLEARLY_VISIBLE, CLEARLY_HIDDEN = 0.4, 0.2  # nothing lies between: no truth hangs on a pixel


@dataclass(frozen=True)
class Scene:
    """A picture and the truth about it; `question_kinds` runs beside `questions`."""

    seed: int
    image: Image.Image
    background: str
    objects: tuple[SceneObject, ...]
    caption: str
    questions: list[tuple[str, str]]
    question_kinds: list[str]

    @property
    def asked(self) -> tuple[SceneObject, ...]:
        """The objects that captions and questions speak of."""
        return tuple(thing for thing in self.objects if thing.visible >= ASKED)


def make_scene(seed: int, size: int = 256) -> Scene:
    """Make the scene of this seed: the same on every machine."""
    rng = Random(seed)
    background, image = draw_background(rng, size)
    objects = _place(rng, image, size)
    asked = [thing for thing in objects if thing.visible >= ASKED]
    hidden = {thing.label for thing in objects if thing.visible < ASKED}
    asked_questions = ask(Random(seed + 1_000_003), asked, hidden, background, size)
    return Scene(
        seed=seed,
        image=image,
        background=background,
        objects=tuple(objects),
        caption=describe(asked, background),
        questions=[(question, answer) for _, question, answer in asked_questions],
        question_kinds=[kind for kind, _, _ in asked_questions],
    )


@cache
def _drawing(label: str) -> Image.Image:
    with Image.open(DRAWINGS / f"{label}.png") as picture:
        whole = picture.convert("RGBA")
    return whole.crop(whole.getchannel("A").getbbox())


def _turned(rng: Random, label: str, size: int) -> Image.Image:
    """One drawing at a random size, turn and brightness."""
    drawing = _drawing(label)
    longest = rng.randint(44, 112) * size // 256
    scale = longest / max(drawing.size)
    shape = (max(8, round(drawing.width * scale)), max(8, round(drawing.height * scale)))
    picture = drawing.resize(shape, Image.Resampling.BILINEAR)
    if rng.randint(0, 1):
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    angle = rng.randint(-35, 35)
    if abs(angle) > 3:
        picture = picture.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    light = rng.randint(65, 120)
    levels = [min(255, level * light // 100) for level in range(256)]
    picture = picture.point(levels * 3 + list(range(256)))
    return picture.crop(picture.getchannel("A").point(lambda a: a > 127 and 255).getbbox())


def _place(rng: Random, image: Image.Image, size: int) -> list[SceneObject]:
    """Draw one to six things onto the picture, later ones over earlier ones."""
    wanted = rng.choices(range(1, 7), weights=(12, 18, 20, 20, 16, 14))[0]
    hiding = rng.random() < 0.08  # in these scenes one thing may nearly cover another
    owner = np.full((size, size), -1, np.int16)
    labels: list[str] = []
    whole: list[int] = []
    for _ in range(wanted):
        again = labels and rng.random() < 0.3
        label = rng.choice(labels) if again else rng.choice(LABELS)
        picture = _turned(rng, label, size)
        mask = np.asarray(picture)[..., 3] > 127
        height, width = mask.shape
        for _ in range(12):
            left, top = rng.randint(0, size - width), rng.randint(0, size - height)
            if hiding and (owner == len(labels) - 1).any():
                left, top = _over(rng, _box(owner == len(labels) - 1), left, top)
                left, top = min(left, size - width), min(top, size - height)
            trial = owner.copy()
            trial[top : top + height, left : left + width][mask] = len(labels)
            if _acceptable(trial, [*whole, int(mask.sum())], hiding):
                image.paste(picture, (left, top), picture)
                owner = trial
                labels.append(label)
                whole.append(int(mask.sum()))
                break
    return [
        SceneObject(label, _box(owner == number), float((owner == number).sum() / whole[number]))
        for number, label in enumerate(labels)
        if (owner == number).any()
    ]


def _over(rng: Random, box: Box, left: int, top: int) -> tuple[int, int]:
    """Now and then the corner of a box just placed, so that it is covered."""
    return (box[0], box[1]) if rng.randint(0, 1) else (left, top)


def _acceptable(owner: NDArray[np.int16], whole: list[int], hiding: bool) -> bool:
    seen = np.bincount(owner.ravel() + 1, minlength=len(whole) + 1)[1:] / np.array(whole)
    clear = (seen >= CLEARLY_VISIBLE) | ((seen <= CLEARLY_HIDDEN) & hiding)
    return bool(clear.all() and (seen >= CLEARLY_VISIBLE).any())


def _box(mask: NDArray[np.bool_]) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
