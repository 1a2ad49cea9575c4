"""Train a reader on looks at scenes: the one way for captioner and question answerer.

The backbone comes from the bundled detector and is copied into the new bundle as they are.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from torch import Tensor

from pipelines.scene_models.backbone import FAMILIAR_FILE, Backbone
from pipelines.scene_models.captioner import READER, VISION
from pipelines.scene_models.reader import SceneReader, SceneReaderConfig
from pipelines.scene_models.words import PAD, Words
from pipelines.scenes import Scene
from starters import loop
from starters.scene_mixing import mixed_scenes
from starters.scene_reading import (
    SCENES,
    collect_words,
    look_at_scenes,
    pack,
    question_rows,
    read_batches,
    reader_loss,
)

ROOT = Path(__file__).resolve().parent.parent
DETECTOR = ROOT / "assets" / "starters" / "scene-detector"
MIXED = 40_000  # scenes put together from what was seen of others, a quarter for questions
WATCHED = 200  # scenes whose loss is only watched
Rows = tuple[Tensor, Tensor, Tensor]


def _rows(words: Words, scenes: list[Scene], asking: bool) -> Rows:
    if asking:
        numbers, questions, answers = zip(*question_rows(words, scenes), strict=True)
    else:
        numbers = tuple(range(len(scenes)))
        questions = ([PAD],) * len(scenes)
        answers = tuple(words.answer(scene.caption) for scene in scenes)
    longest = SceneReaderConfig().longest
    asked = pack([row[:longest] for row in questions]).to(torch.int16)
    return torch.tensor(numbers), asked, pack(list(answers)).to(torch.int16)


def train_reader(name: str, out: Path, *, asking: bool, batch: int, recipe: loop.Recipe) -> None:
    """Train and write the bundle: vision/, reader/ and the facts of the training."""
    torch.manual_seed(0)
    build = ROOT / "build" / name
    looks = look_at_scenes(Backbone.load(DETECTOR), ROOT / "build" / "scene-looks")
    words = collect_words(looks.scenes, asking)
    watched_looks, looks = looks[:WATCHED], looks[WATCHED:]
    looks = looks + mixed_scenes(looks, MIXED // 4 if asking else MIXED)
    rows = _rows(words, looks.scenes, asking)
    watched_rows = _rows(words, watched_looks.scenes, asking)
    model = SceneReader(
        SceneReaderConfig(
            vocabulary=len(words),
            object_size=looks.objects.shape[-1],
            grid_size=looks.grids.shape[-1],
        )
    )
    print(
        f"{len(words)} words, {len(rows[0])} rows, {model.num_parameters()} parameters", flush=True
    )

    def held_out() -> dict[str, float]:
        watched = next(read_batches(watched_looks, watched_rows, 256, 0, 1, jitter=0.0))
        return {"held_out_loss": float(reader_loss(model, watched))}

    seconds = loop.train(
        model,
        lambda epoch: read_batches(looks, rows, batch, epoch, recipe.every, flips=not asking),
        lambda rows_of_batch: reader_loss(model, rows_of_batch),
        held_out,
        build,
        recipe,
    )
    print(f"trained in {seconds / 60:.0f} minutes")
    (out / READER).mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(out / READER)
    words.save(out / READER)
    (out / VISION).mkdir(exist_ok=True)
    for file in ("config.json", "model.safetensors", FAMILIAR_FILE):
        shutil.copyfile(DETECTOR / file, out / VISION / file)
    facts = {"seconds": round(seconds), "steps": recipe.steps, "batch": batch, "scenes": SCENES}
    (build / "facts.json").write_text(json.dumps(facts))
