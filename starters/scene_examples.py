"""Writes three scenes as example pictures: `python -m starters.scene_examples`."""

from pathlib import Path

from pipelines.scenes import make_scene

FOLDER = Path("assets/examples")
SEEDS = (9_000_001, 9_000_002, 9_000_003)  # from the held-out range

if __name__ == "__main__":
    for number, seed in enumerate(SEEDS, 1):
        make_scene(seed).image.save(FOLDER / f"scene-{number}.png")
