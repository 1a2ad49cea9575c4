"""What every starter script declares: its facts, how it trains, its figures. And its command line.

Knows no model. `python -m starters` goes through all that are declared.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUNDLES = ROOT / "assets" / "starters"
BUILD = ROOT / "build"


@dataclass(frozen=True)
class Figure:
    """One figure on cases that no training saw; `target` is written "≥ 0.90"."""

    name: str
    value: float
    cases: int
    target: str = ""

    @property
    def reached(self) -> bool:
        """Whether it is on the right side of its target."""
        if not self.target:
            return True
        sign, bound = self.target.split()
        return self.value >= float(bound) if sign == "≥" else self.value <= float(bound)

    @property
    def shown(self) -> str:
        """The value: shares with three decimals, BLEU and chrF with one."""
        return f"{self.value:.3f}" if self.value <= 1 else f"{self.value:.1f}"


@dataclass(frozen=True)
class Starter:
    """One starter model.

    `minutes` is what its training took on one thread, as its card tells; `data` the folders of
    --data that it needs. `train(data, out)` writes the folder, `figures(folder, data)` measures it;
    without data, what can be measured without. What somebody else trained is only measured.
    """

    name: str
    figures: Callable[[Path, Path | None], list[Figure]]
    train: Callable[[Path | None, Path], None] | None = None
    minutes: int = 0
    data: tuple[str, ...] = ()
    needs: str = ""

    @property
    def bundle(self) -> Path:
        """Where it is bundled."""
        return BUNDLES / self.name

    def missing(self, data: Path | None) -> list[str]:
        """The folders of data that are not there."""
        return [name for name in self.data if not data or not (data / name).is_dir()]


def show(starter: Starter, found: list[Figure]) -> None:
    """Print figures as a table."""
    print(starter.name)
    for one in found:
        held = f"  target {one.target}{'' if one.reached else ' NOT REACHED'}" if one.target else ""
        print(f"  {one.shown:>7}  of {one.cases:>5,}  {one.name}{held}", flush=True)


def main(starter: Starter, description: str | None) -> None:
    """The command line of one starter: train and evaluate, or only evaluate."""
    import torch

    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    needed = ", ".join(starter.data) or "nothing for this one"
    parser.add_argument("--data", type=Path, help=f"folder with {needed}")
    parser.add_argument("--out", type=Path, default=starter.bundle)
    parser.add_argument("--evaluate", action="store_true", help="only evaluate what is in --out")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if not arguments.evaluate:
        assert starter.train, f"{starter.name} was not trained here"
        if missing := starter.missing(arguments.data):
            parser.error(f"--data must name a folder with {', '.join(missing)}")
        starter.train(arguments.data, arguments.out)
    began = time.time()
    show(starter, starter.figures(arguments.out, arguments.data))
    print(f"evaluated in {time.time() - began:.0f} s")
