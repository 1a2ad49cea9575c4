"""Train the scene question answerer: picture and question to a short answer.

    python -m starters.scene_answerer [--out DIR] [--evaluate]

Needs the trained scene detector, whose eyes it takes over; no data but seeds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from starters import loop
from starters.scene_reader_training import ROOT, train_reader

BUNDLE = ROOT / "assets" / "starters" / "scene-answerer"
BATCH = 128
RECIPE = loop.Recipe(steps=4600, learning_rate=1.2e-3, warmup=100, every=100, average=2)


def main() -> None:
    """Train and evaluate, or only evaluate what is bundled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=BUNDLE)
    parser.add_argument("--evaluate", action="store_true", help="only evaluate what is bundled")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if not arguments.evaluate:
        train_reader("scene-answerer", arguments.out, asking=True, batch=BATCH, recipe=RECIPE)
    from starters.scene_answerer_figures import report

    report(arguments.out)


if __name__ == "__main__":
    main()
