"""The curves of lab 2 as SVG: loss (left axis) with perplexity (right axis), and exact answers.

Functions from a run's events to HTML, without gradio. Colours are the theme's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from components.drawings import save_button
from components.translations import text

Event = dict[str, Any]
Point = tuple[float, float]

WIDTH, HEIGHT = 440, 230
LEFT, RIGHT, TOP, BOTTOM = 40, 44, 12, 30  # room for the figures at the axes
MOST_POINTS = 160  # more cannot be told apart, and a page redraws the line every second

TICK = Markup(
    '<path class="grid" d="M{0} {2:.1f}H{1}"/>'
    '<text x="{3}" y="{5:.1f}" text-anchor="end">{6}</text><text x="{4}" y="{5:.1f}">{7}</text>'
)
FOOT = Markup(
    '<text x="{0}" y="{1}">0</text><text x="{2}" y="{1}" text-anchor="end">{3}</text>'
    '<text class="axis" x="{4}" y="{1}" text-anchor="middle">{5}</text>'
)
CURVE = Markup(
    '<path class="{0}" d="M{1}"/><circle class="{0}" cx="{2:.1f}" cy="{3:.1f}" r="3.5"/>'
)
PLOT = Markup(
    '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg><p class="tr-legend">{}</p>'
)
FIGURE = Markup(
    "<figure><figcaption><b>{}</b>{}<small>{}</small></figcaption>"
    '<div class="lab-picture">{}</div></figure>'
)


@dataclass(frozen=True)
class Line:
    """One line of a plot; `kind` is its class in the style sheet."""

    name: str
    kind: str
    points: Sequence[Point]


def curves(events: Sequence[Event], steps: dict[str, int]) -> Markup:
    """All plots of a run so far."""
    plots = [
        _figure(
            "pretraining-loss",
            text("Pretraining: loss of the next token"),
            text(
                "Read the right edge as perplexity: among how many tokens the model still wavers."
            ),
            loss_plot(_losses(events, "pretraining", "held_out"), steps["pretraining"]),
        )
    ]
    if any(event["event"] == "step" and event["phase"] == "tuning" for event in events):
        plots += [
            _figure(
                "tuning-loss",
                text("Tuning: loss on the answers only"),
                text("The questions are read but not learnt; only the answers' tokens count."),
                loss_plot(_losses(events, "tuning", "exact"), steps["tuning"]),
            ),
            _figure(
                "exact-answers",
                text("Held-out questions answered exactly"),
                text("Their facts stand in the text, but no instruction ever asked for them.")
                if steps.get("built_in")
                else text("These instructions were kept back from tuning."),
                share_plot(events, steps["tuning"]),
            ),
        ]
    return Markup('<div class="tr-plots">{}</div>').format(Markup("").join(plots))


def _losses(events: Sequence[Event], phase: str, measure: str) -> list[Line]:
    mine = [event for event in events if event.get("phase") == phase]
    train = [(float(e["step"]), float(e["loss"])) for e in mine if e["event"] == "step"]
    kept = [(float(e["step"]), float(e["loss"])) for e in mine if e["event"] == measure]
    return [
        Line(text("training"), "train", thinned(train)),
        Line(text("held out"), "kept", kept),
    ]


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """Downsampled by averaging neighbours, so that a long line stays quick to draw."""
    size = math.ceil(len(points) / most) or 1
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return [(g[-1][0], sum(loss for _, loss in g) / len(g)) for g in groups]


def loss_plot(lines: Sequence[Line], steps: int) -> Markup:
    """Loss on the left axis, and the same as perplexity on the right."""
    top = max([1.0, *(y for line in lines for _, y in line.points)])
    marks = [top * part / 4 for part in range(5)]
    ticks = [(y, f"{y:.1f}", _short(math.exp(y))) for y in marks]
    last = [f"{one.name} {one.points[-1][1]:.2f}" for one in lines if one.points]
    axes = text("left loss · right perplexity")
    return _plot(lines, steps, top, ticks, axes, text("Loss: {last}", last=", ".join(last)))


def share_plot(events: Sequence[Event], steps: int) -> Markup:
    """The share of held-out questions answered exactly."""
    points = [(float(e["step"]), e["right"] / e["of"]) for e in events if e["event"] == "exact"]
    ticks = [(part / 4, f"{part / 4:.0%}", "") for part in range(5)]
    told = (
        text("Answered exactly: {share}", share=f"{points[-1][1]:.0%}")
        if points
        else text("Nothing measured yet")
    )
    return _plot([Line(text("exact answers"), "kept", points)], steps, 1.0, ticks, "", told)


def _plot(
    lines: Sequence[Line],
    steps: int,
    top: float,
    ticks: Sequence[tuple[float, str, str]],
    axes: str,
    told: str,
) -> Markup:
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> Point:
        return LEFT + wide * x / max(1, steps), TOP + high * (1 - y / top)

    parts = []
    for value, one, other in ticks:
        _, y = place(0, value)
        parts.append(
            TICK.format(LEFT, WIDTH - RIGHT, y, LEFT - 6, WIDTH - RIGHT + 6, y + 4, one, other)
        )
    last = text("{count} steps", count=f"{steps:,}")
    parts.append(FOOT.format(LEFT, HEIGHT - 8, WIDTH - RIGHT, last, LEFT + wide / 2, axes))
    for line in lines:
        placed = [place(x, y) for x, y in line.points]
        if placed:
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
            parts.append(CURVE.format(line.kind, path, *placed[-1]))
    name = Markup('<span class="{}">{}</span>')
    names = Markup("").join(name.format(line.kind, line.name) for line in lines)
    return PLOT.format(WIDTH, HEIGHT, told, Markup("").join(parts), names)


def _figure(name: str, title: str, explained: str, picture: Markup) -> Markup:
    return FIGURE.format(title, save_button(title, f"{name}.png"), explained, picture)


def _short(number: float) -> str:
    """A number that fits beside an axis."""
    if number < 10:
        return f"{number:.1f}"
    return f"{number:.0f}" if number < 9_950 else f"{number / 1000:.0f}k"
