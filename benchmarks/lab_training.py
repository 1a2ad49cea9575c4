"""Lab 2's preset from beginning to end: `python -m benchmarks.lab_training [--run DIR]`.

Prints the fall of held-out perplexity, held-out instructions answered exactly before and after
tuning, and the seconds, by the clock and of processor time. To see what a laptop without the
newest instructions does, set ONEDNN_MAX_CPU_ISA=AVX2 and ATEN_CPU_CAPABILITY=avx2.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from pipelines.labs.material import built_in
from pipelines.labs.recipe import Recipe, predict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="keep the run's models in this folder")
    folder = parser.parse_args().run or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    from pipelines.labs.training import Training

    recipe = Recipe()
    began, processor = time.monotonic(), time.process_time()
    events = list(Training(folder, recipe, built_in(recipe.seed)).events())
    perplexity = [e["perplexity"] for e in events if e["event"] == "held_out"]
    exact = [e["right"] / e["of"] for e in events if e["event"] == "exact"]
    figures = {
        "perplexity before": round(perplexity[0], 1),
        "perplexity after": round(perplexity[-1], 2),
        "fall": round(perplexity[0] / perplexity[-1]),
        "exact before tuning": round(exact[0], 3),
        "exact after tuning": round(exact[-1], 3),
        "seconds": round(time.monotonic() - began, 1),
        "processor seconds": round(time.process_time() - processor, 1),
        "predicted seconds": round(predict(recipe).seconds, 1),
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
