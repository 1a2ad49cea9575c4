"""Writes what was measured where it is read: the model cards' figures, a part of BENCHMARKS.md.

Each part stands between markers and is written by one program only; the rest is kept.
"""

import os
from pathlib import Path

from benchmarks.report import REPORT, machine, part, put
from starters.speed import Speed
from starters.starter import Figure, Starter

FIGURES = """## Starters: figures

Written by `make evaluate`. Figures on cases that no training saw, the same on any machine but for
seconds; taken from the model cards.
"""
SPEEDS = """## Starters trained here: load and answer

Written by `make evaluate`. Through the playground as a user gets it, libraries imported before;
medians of five. Both are to stay under 1 s on two cores.
"""


def write_card(starter: Starter, found: list[Figure]) -> None:
    """Write the figures into the starter's card."""
    put(_card(starter), "figures", figures_table(found))


def write_figures(declared: dict[str, Starter]) -> None:
    """Write what stands in the cards into BENCHMARKS.md."""
    parts = [FIGURES]
    for name, starter in declared.items():
        parts += [f"### {name}", "", part(_card(starter), "figures"), ""]
    put(REPORT, "starters", "\n".join(parts))


def write_speeds(speeds: list[Speed], threads: int) -> str:
    """Write how fast all are into BENCHMARKS.md; returns what was written."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0  # Windows has none
    how = f"torch with {threads} thread{'s' * (threads > 1)}, {busy:.1f} processes busy meanwhile"
    text = "\n".join([SPEEDS, f"{how}. Machine: {machine()}", "", speeds_table(speeds)])
    put(REPORT, "starters' speed", text)
    return text


def figures_table(found: list[Figure]) -> str:
    """One row a figure."""
    head = ["figure", "value", "cases", "target", "reached"]
    rows = [
        [one.name, one.shown, f"{one.cases:,}", one.target or "–", _reached(one)] for one in found
    ]
    return "\n".join(_line(row) for row in [head, ["---"] * len(head), *rows])


def speeds_table(speeds: list[Speed]) -> str:
    """One row a starter."""
    head = ["starter", "load, s", "answer, s", "asked", "both < 1 s"]
    rows = [
        [
            one.name,
            f"{one.load:.2f}",
            f"{one.answer:.2f}",
            one.asked,
            "yes" if one.quick else "**no**",
        ]
        for one in speeds
    ]
    return "\n".join(_line(row) for row in [head, ["---"] * len(head), *rows])


def _reached(one: Figure) -> str:
    return _yes(one.reached) if one.target else "–"


def _yes(reached: bool) -> str:
    return "yes" if reached else "**no**"


def _card(starter: Starter) -> Path:
    return starter.bundle / "MODEL_CARD.md"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
