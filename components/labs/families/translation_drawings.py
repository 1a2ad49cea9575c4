"""An encoder-decoder's writing, drawn: one step with where it looked, and the beams."""

from collections import defaultdict

from components.labs.drawings import (
    ACCENT,
    LINE,
    bar,
    figure,
    safe,
    short,
    svg,
    text,
    visible,
)
from pipelines.labs.families.attention import Array
from pipelines.labs.families.encoder_decoder import Beam, Beams, Translated

STEP, ROW = 92, 22  # of the beams: a step's width, a beam's height


def step_figure(made: Translated, number: int, cross: Array) -> str:
    """The source coloured by where this step looked, what stands there so far, what could come."""
    step = made.steps[number - 1]
    peak = float(cross.max()) or 1.0
    source = "".join(
        f'<span style="--v:{float(share) / peak:.2f}" title="{float(share):.3f}">'
        f"{visible(token)}</span>"
        for token, share in zip(made.source.tokens, cross, strict=True)
    )
    written = "".join(f"<span>{visible(one.token)}</span>" for one in made.steps[: number - 1])
    rows = "".join(bar(visible(token), p, f"{p:.1%}") for token, p in step.candidates)
    told = (
        f"Step {number} of {len(made.steps)} writes <b>{visible(step.token)}</b>: above, where it "
        "looked in the source (darkest: most); below, what could have come."
    )
    picture = (
        f'<p class="lab-surprises">{source}</p>'
        f'<p class="lab-written">{written}<mark>{visible(step.token)}</mark></p>{rows}'
    )
    return figure("One step", told, picture, "step")


def beams(found: Beams, greedy: str) -> str:
    """Beam search as a graph from left to right, and its texts beside the greedy one."""
    steps: defaultdict[int, list[int]] = defaultdict(list)
    for number, node in enumerate(found.nodes):
        steps[node.step].append(number)
    places = {
        number: ((step - 1) * STEP + 8.0, row * ROW + 14.0)
        for step, numbers in steps.items()
        for row, number in enumerate(numbers)
    }
    links = "".join(
        _link(places[node.parent], places[number], node)
        for number, node in enumerate(found.nodes)
        if node.parent >= 0
    )
    words = "".join(
        text(
            *places[number],
            f"{short(node.token)}{' ■' if node.finished else ''}"
            f"<title>sum of log-probabilities {node.score:.2f}</title>",
            more=' font-weight="bold"' if node.chosen else "",
        )
        for number, node in enumerate(found.nodes)
    )
    deepest = max((len(numbers) for numbers in steps.values()), default=1)
    picture = svg(
        STEP * max(steps, default=1) + 24, ROW * deepest + 8, links + words, "Beam search"
    )
    told = (
        "Each column is a step, the best beam on top; ■ is an end, and bold is the way that won. "
        "Greedy takes the likeliest token at each step; beams keep several ways open."
    )
    texts = "".join(
        f"<li>{safe(words) or '(nothing)'} <small>{score:.2f} a token</small></li>"
        for words, score in found.texts
    )
    return figure("Beam search", told, picture, "beams") + (
        f'<dl class="lab-texts"><dt>Greedy</dt><dd>{safe(greedy) or "(nothing)"}</dd>'
        f"<dt>Beams, best first</dt><dd><ol>{texts}</ol></dd></dl>"
    )


def _link(start: tuple[float, float], end: tuple[float, float], node: Beam) -> str:
    x, y = start[0] + STEP - 32, start[1] - 4
    colour = f"stroke:{ACCENT};stroke-width:3" if node.chosen else f"stroke:{LINE};stroke-width:1.5"
    return (
        f'<path d="M{x:.0f} {y:.0f}C{x + 14:.0f} {y:.0f} {end[0] - 18:.0f} {end[1] - 4:.0f} '
        f'{end[0] - 4:.0f} {end[1] - 4:.0f}" style="fill:none;{colour}"/>'
    )
