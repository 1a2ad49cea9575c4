"""What lab 2 shows before a visitor's first training: curves and samples of one with the preset.

They lie in assets/two-phases.json. `python -m pipelines.labs.training.train --run RUN`, and then
`python -m components.labs.training.preview RUN`, makes that file anew.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup

from components.labs.training.curves import curves, thinned
from components.labs.training.setup import TITLES
from components.labs.training.watch import Event, samples, spread
from components.translations import text
from pipelines.folders import ASSETS
from pipelines.labs.training import train
from pipelines.labs.training.recipe import PRESETS
from pipelines.parse_json import parse_json

FILE = ASSETS / "two-phases.json"
POINTS = 90  # of a curve
SAMPLES = 3  # of a phase
CHARACTERS = 200  # of a sample
PHASES = ("pretraining", "tuning")
SHOWN = Markup(
    '<section class="preview" aria-label="{name}"><h3>{title}</h3><p>{told}</p>{curves}'
    "<div class='tr-written'>{samples}</div></section>"
)


def before_first_run() -> Markup:
    """The example, in the place of a run's curves."""
    events: list[Event] = parse_json(FILE.read_text("utf-8"))
    name = next(iter(PRESETS))
    preset = PRESETS[name]
    steps = {
        "pretraining": preset.pretraining_steps,
        "tuning": preset.tuning_steps,
        "built_in": 1,
    }
    return SHOWN.format(
        name=text("An example"),
        title=text("For example"),
        told=text(
            "How a training with “{preset}” went; yours takes the place of these curves.",
            preset=text(TITLES[name]),
        ),
        curves=curves(events, steps),
        samples=samples(events),
    )


def of_run(events: list[Event]) -> Iterator[dict[str, Any]]:
    """What the page shows of a run's events."""
    for phase in PHASES:
        mine = [event for event in events if event.get("phase") == phase]
        losses = [(float(e["step"]), float(e["loss"])) for e in mine if e["event"] == "step"]
        for step, loss in thinned(losses, POINTS):
            yield {"event": "step", "phase": phase, "step": int(step), "loss": round(loss, 3)}
        for event in _named(mine, "held_out", "exact"):
            yield {**event, "loss": round(event["loss"], 3)}
        for event in spread([*_named(mine, "sample")], SAMPLES):
            yield {**event, "text": event["text"][:CHARACTERS]}


def _named(events: Iterable[Event], *names: str) -> Iterator[Event]:
    return (event for event in events if event["event"] in names)


def main() -> None:
    """Make the file of a finished run."""
    lines = (Path(sys.argv[1]) / train.EVENTS).read_text("utf-8").splitlines()
    kept = [json.dumps(one, ensure_ascii=False) for one in of_run([*map(parse_json, lines)])]
    FILE.write_text("[\n" + ",\n".join(kept) + "\n]\n", "utf-8")


if __name__ == "__main__":
    main()
