"""Writes what was measured where it is read: the model cards' figures, a part of BENCHMARKS.md.

Each part stands between markers and is written by one program only; the rest is kept.
"""

from benchmarks.report import REPORT, machine, put
from starters.speed import Speed
from starters.starter import Figure, Starter

INTRODUCTION = """## Starters trained here

Written by `make evaluate`. Figures on cases that no training saw, the same on
any machine.
"""
SPEEDS = """### Load and answer

Through the playground as a user gets it, libraries imported before; the median of five. Both are
to stay under 1 s on two cores.
"""


def write_card(starter: Starter, found: list[Figure]) -> None:
    """Write the figures into the starter's card."""
    put(starter.bundle / "MODEL_CARD.md", "figures", figures_table({"": found}))


def write_benchmarks(found: dict[str, list[Figure]], speeds: list[Speed]) -> str:
    """Write figures and speeds of all starters into BENCHMARKS.md; returns what was written."""
    parts = [INTRODUCTION, figures_table(found), "", SPEEDS, f"Machine: {machine()}", ""]
    text = "\n".join([*parts, speeds_table(speeds)])
    put(REPORT, "starters", text)
    return text


def figures_table(found: dict[str, list[Figure]]) -> str:
    """One row a figure; named by starter when there are several."""
    several = len(found) > 1
    head = ["starter"] * several + ["figure", "value", "cases", "target", "reached"]
    rows = [
        [name] * several + [one.name, one.shown, f"{one.cases:,}", one.target, _reached(one)]
        for name, figures in found.items()
        for one in figures
    ]
    return "\n".join(_line(row) for row in [head, ["---"] * len(head), *rows])


def speeds_table(speeds: list[Speed]) -> str:
    """One row a starter."""
    head = ["starter", "load, s", "answer, s", "asked"]
    rows = [[one.name, f"{one.load:.2f}", f"{one.answer:.2f}", one.asked] for one in speeds]
    return "\n".join(_line(row) for row in [head, ["---"] * len(head), *rows])


def _reached(one: Figure) -> str:
    return "" if not one.target else "yes" if one.reached else "**no**"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
