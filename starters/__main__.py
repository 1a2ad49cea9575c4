"""`python -m starters`: what was trained here, what that needs, and the figures of all starters.

python -m starters                              the table; trains nothing
python -m starters NAME --data DIR              trains one and measures it
python -m starters --evaluate --data DIR        measures all; for cards and BENCHMARKS.md
python -m starters NAME --evaluate --data DIR   measures one, writes its card
"""

import argparse
from importlib import import_module
from pathlib import Path

from starters import report
from starters.speed import speeds
from starters.starter import Starter, show

MODULES: tuple[str, ...] = ("sentiment", "translation", "spoken_digits")
MODULES += ("masked_words", "named_entities", "marked_answers")
MODULES += ("scene_detector", "scene_captioner", "scene_answerer")
# Trained by others, and only measured.
MODULES += ("photo_describer", "extractive_summaries", "firefox_en_pt", "speech_in_silence")


def starters() -> dict[str, Starter]:
    """All that are declared, by name."""
    declared = [import_module(f"starters.{name}").STARTER for name in MODULES]
    return {starter.name: starter for starter in declared}


def table(declared: dict[str, Starter]) -> str:
    """What can be trained, how long it takes on one thread and what it needs."""
    rows = [f"{'NAME':<16} {'minutes':>7}  needs"]
    trained = [one for one in declared.values() if one.train]
    for one in trained:
        needs = [f"DATA with {' and '.join(one.data)}"] if one.data else []
        needs += [one.needs] if one.needs else []
        rows.append(f"{one.name:<16} {one.minutes:>7}  {'; '.join(needs) or 'nothing but seeds'}")
    total = sum(one.minutes for one in trained)
    rows.append(f"{'all':<16} {total:>7}  one after the other")
    return "\n".join(
        [*rows, "", "Nothing is trained unless named: make starters NAME=sentiment DATA=DIR"]
    )


def evaluate(declared: dict[str, Starter], chosen: list[Starter], data: Path | None) -> None:
    """Measure; figures go into the starter's card, and those of all cards into BENCHMARKS.md."""
    for starter in chosen:
        if missing := starter.missing(data):
            raise SystemExit(f"{starter.name}: DATA must name a folder with {', '.join(missing)}")
    for starter in chosen:
        found = starter.figures(starter.bundle, data)
        show(starter, found)
        report.write_card(starter, found)
        report.write_figures(declared)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", help="one starter")
    parser.add_argument("--data", type=Path, help="folder with the data sets")
    parser.add_argument("--evaluate", action="store_true", help="measure what is bundled")
    parser.add_argument("--speed", action="store_true", help="only measure load and answer")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    declared = starters()
    if arguments.name and arguments.name not in declared:
        parser.error(f"there is no starter {arguments.name}; there are {', '.join(declared)}")
    chosen = [declared[arguments.name]] if arguments.name else list(declared.values())
    if not (arguments.name or arguments.evaluate or arguments.speed):
        print(table(declared))
        return
    import torch

    torch.set_num_threads(arguments.threads)
    if not (arguments.evaluate or arguments.speed):
        train = chosen[0].train or parser.error(
            f"{arguments.name} was not trained here: --evaluate"
        )
        if missing := chosen[0].missing(arguments.data):
            parser.error(f"DATA must name a folder with {', '.join(missing)}")
        print(f"training {chosen[0].name}, about {chosen[0].minutes} minutes", flush=True)
        train(arguments.data, chosen[0].bundle)
    if not arguments.speed:
        evaluate(declared, chosen, arguments.data)
    if not arguments.name:
        print(report.write_speeds(speeds(arguments.threads), arguments.threads))


if __name__ == "__main__":
    main()
