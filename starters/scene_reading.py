"""What captioner and question answerer learn from: looks at scenes, cached, and words about them.

The backbone is frozen, so it runs once on each scene.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import torch
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from pipelines.scene_models.backbone import PEAKS, Backbone, pixels, reader_inputs
from pipelines.scene_models.reader import SceneReader
from pipelines.scene_models.vision import find_peaks
from pipelines.scene_models.words import OTHER, PAD, UNKNOWN, Words, split
from pipelines.scenes import COLOURS, LABELS, Scene, make_scene
from pipelines.scenes.kinds import BY_NAME
from pipelines.scenes.words import Asked, ask, fill
from starters.scene_other_questions import KNOWN_OTHERS
from starters.scene_targets import READER_SEEDS, SIDE

SCENES = 8_000
DRAWS = 3  # sets of questions about each scene
OTHERS = 3  # questions of other kinds for each scene


@dataclass(frozen=True)
class Looks:
    """What the backbone saw of each scene, and the truth of it (without the picture)."""

    objects: Tensor
    grids: Tensor
    scenes: list[Scene]

    def __getitem__(self, part: slice) -> Looks:
        return Looks(self.objects[part], self.grids[part], self.scenes[part])

    def __add__(self, more: Looks) -> Looks:
        objects = torch.cat([self.objects, more.objects])
        return Looks(objects, torch.cat([self.grids, more.grids]), self.scenes + more.scenes)


@torch.inference_mode()
def look_at_scenes(backbone: Backbone, folder: Path, count: int = SCENES) -> Looks:
    """Look at the first scenes of READER_SEEDS, or read the cache when it is there."""
    file = folder / f"looks-{count}.pickle"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        objects, grids, scenes = [], [], []
        nothing = Image.new("RGB", (1, 1))
        for start in range(0, count, 16):
            some = [make_scene(seed) for seed in READER_SEEDS[start : min(start + 16, count)]]
            batch = torch.stack([pixels(scene.image) for scene in some])
            batch = batch.contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                seen = backbone.vision(batch)
            told = reader_inputs(find_peaks(seen, PEAKS), batch)
            objects.append(told[0].half())
            grids.append(told[1].half())
            scenes += [replace(scene, image=nothing) for scene in some]
        made = Looks(torch.cat(objects), torch.cat(grids), scenes)
        file.with_suffix(".new").write_bytes(pickle.dumps(made))
        file.with_suffix(".new").rename(file)
    looks = pickle.loads(file.read_bytes())
    assert isinstance(looks, Looks)
    return looks


def other_question(rng: Random) -> str:
    """A question of no known kind."""
    kinds = [BY_NAME[label] for label in rng.sample(LABELS, 2)]
    return fill(
        rng,
        (rng.choice(KNOWN_OTHERS),),
        singular=kinds[0].name,
        plural=kinds[0].plural,
        singular2=kinds[1].name,
        plural2=kinds[1].plural,
        hue=rng.choice(tuple(COLOURS)),
    )


def questions_of(scene: Scene) -> list[Asked]:
    """Several sets of questions about one scene."""
    asked = list(scene.asked)
    hidden = {thing.label for thing in scene.objects} - {thing.label for thing in asked}
    hidden |= {thing.label for thing in scene.objects if thing not in scene.asked}
    drawn: list[Asked] = []
    for draw in range(DRAWS if scene.seed in READER_SEEDS else 1):
        rng = Random(scene.seed * 31 + draw)
        drawn += ask(rng, asked, hidden, scene.background, SIDE)
    return drawn


def collect_words(scenes: list[Scene], question: bool) -> Words:
    """Every word of the captions, and of the questions and answers if asked for."""
    words: set[str] = set()
    rng = Random(1)
    for scene in scenes:
        words.update(split(scene.caption))
        if question:
            for _, asked, answer in questions_of(scene):
                words.update(split(asked) + split(answer))
            words.update(split(other_question(rng)))
    return Words(sorted(words))


def question_rows(words: Words, scenes: list[Scene]) -> Iterator[tuple[int, list[int], list[int]]]:
    """(scene number, question, answer) in words' numbers; questions of other kinds between."""
    vocabulary = range(OTHER + 1, len(words))
    other = words.answer("")
    other.insert(1, OTHER)
    for number, scene in enumerate(scenes):
        rng = Random(scene.seed * 37)
        named = {word for kind in BY_NAME.values() for pair in kind.words for word in pair}
        for _, question, answer in questions_of(scene):
            asked = words.question(question)
            yield number, asked, words.answer(answer)
            places = [n for n, word in enumerate(asked) if words.words[word] in named]
            if places and rng.random() < 0.06:  # things it has no word for
                asked = list(asked)
                for place in places:
                    asked[place] = UNKNOWN
                yield number, asked, other
        for _ in range(OTHERS):
            asked = words.question(other_question(rng))
            if rng.random() < 0.4:  # other words in the same sentence
                asked = [UNKNOWN if rng.random() < 0.3 else word for word in asked]
            yield number, asked, other
        if rng.random() < 0.5:  # words without sense
            sense = [rng.choice(vocabulary) for _ in range(rng.randint(0, 8))]
            yield number, sense, other


def pack(rows: list[list[int]]) -> Tensor:
    """Rows of different lengths as one padded tensor."""
    return pad_sequence([torch.tensor(row, dtype=torch.long) for row in rows], True, PAD)


def read_batches(
    looks: Looks,
    rows: tuple[Tensor, Tensor, Tensor],
    size: int,
    epoch: int,
    count: int,
    jitter: float = 0.01,
    flips: bool = False,
) -> Iterator[tuple[Tensor, ...]]:
    """So many random batches of (objects, grid, question, answer), the same for an epoch.

    The jitter keeps a reader from knowing its training scenes by their last digits;
    flips turn a scene over, which a caption does not mind.
    """
    scenes, questions, answers = rows
    chance = torch.Generator().manual_seed(epoch)
    for _ in range(count):
        chosen = torch.randint(len(scenes), (size,), generator=chance)
        scene = scenes[chosen]
        question, answer = questions[chosen].long(), answers[chosen].long()
        objects = looks.objects[scene].float()
        noise = torch.randn(objects.shape, generator=chance) * jitter
        objects = objects + noise * (objects != 0)
        if flips:
            there = objects[..., 4:5] != 0
            turned = torch.rand(size, 1, 2, generator=chance) < 0.5
            middles = torch.where(turned & there, 1 - objects[..., :2], objects[..., :2])
            objects = torch.cat([middles, objects[..., 2:]], -1)
        yield (
            objects,
            looks.grids[scene].float(),
            question[:, : max(1, int((question != PAD).sum(1).max()))],
            answer[:, : int((answer != PAD).sum(1).max())],
        )


def reader_loss(model: SceneReader, batch: tuple[Tensor, ...]) -> Tensor:
    """Cross-entropy of each next word."""
    objects, grid, question, answer = batch
    logits = model(objects, grid, question, answer[:, :-1]).float()
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), answer[:, 1:].flatten(), ignore_index=PAD
    )
