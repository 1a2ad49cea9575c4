"""Train the scene question answerer: picture and question to a short answer.

    python -m starters.scene_answerer [--out DIR] [--evaluate]

Needs the trained scene detector, whose backbone it takes over; no data but seeds.
"""

from __future__ import annotations

from pathlib import Path

from starters import loop
from starters.scene_answerer_figures import figures
from starters.scene_reader_training import train_reader
from starters.starter import Starter, main

BATCH = 128
RECIPE = loop.Recipe(steps=4600, learning_rate=1.2e-3, warmup=100, every=100, average=2)


def train(data: Path | None, out: Path) -> None:
    """Train and write the folder."""
    train_reader("scene-answerer", out, asking=True, batch=BATCH, recipe=RECIPE)


STARTER = Starter(
    name="scene-answerer",
    minutes=14,
    train=train,
    figures=figures,
    needs="the scene detector's bundle; 9 more minutes of looking at scenes, once for both",
)

if __name__ == "__main__":
    main(STARTER, __doc__)
