"""An encoder-decoder's writing, drawn: one step with where it looked, and the beams."""

from collections import defaultdict

from markupsafe import Markup

from components.drawings import (
    ACCENT,
    LINE,
    bar,
    figure,
    safe,
    short,
    svg,
    svg_text,
    visible,
)
from components.translations import text
from pipelines.labs.families.attention import Array
from pipelines.labs.families.encoder_decoder import Beam, Beams, Translated

STEP, ROW = 92, 22  # of the beams: a step's width, a beam's height


def step_figure(made: Translated, number: int, cross: Array) -> Markup:
    """The source coloured by where this step looked, what stands there so far, what could come."""
    step = made.steps[number - 1]
    peak = float(cross.max()) or 1.0
    share_of = Markup('<span style="--v:{:.2f}" title="{:.3f}">{}</span>')
    source = Markup("").join(
        share_of.format(float(share) / peak, float(share), visible(token))
        for token, share in zip(made.source.tokens, cross, strict=True)
    )
    written = Markup("").join(
        Markup("<span>{}</span>").format(visible(one.token)) for one in made.steps[: number - 1]
    )
    rows = Markup("").join(bar(visible(token), p, f"{p:.1%}") for token, p in step.candidates)
    told = text(
        "Step {number} of {count} writes {token}: above, where it looked in the source (darkest: "
        "most); below, what could have come.",
        number=number,
        count=len(made.steps),
        token=Markup("<b>{}</b>").format(visible(step.token)),
    )
    picture = Markup(
        '<p class="lab-surprises">{}</p><p class="lab-written">{}<mark>{}</mark></p>{}'
    ).format(source, written, visible(step.token), rows)
    return figure(text("One step"), told, picture, "step")


def beams(found: Beams, greedy: str) -> Markup:
    """Beam search as a graph from left to right, and its texts beside the greedy one."""
    steps: defaultdict[int, list[int]] = defaultdict(list)
    for number, node in enumerate(found.nodes):
        steps[node.step].append(number)
    places = {
        number: ((step - 1) * STEP + 8.0, row * ROW + 14.0)
        for step, numbers in steps.items()
        for row, number in enumerate(numbers)
    }
    links = Markup("").join(
        _link(places[node.parent], places[number], node)
        for number, node in enumerate(found.nodes)
        if node.parent >= 0
    )
    token = Markup("{}{}<title>{}</title>")
    words = Markup("").join(
        svg_text(
            *places[number],
            token.format(
                short(node.token),
                " ■" if node.finished else "",
                text("sum of log-probabilities {score}", score=f"{node.score:.2f}"),
            ),
            attributes=Markup(' font-weight="bold"') if node.chosen else "",
        )
        for number, node in enumerate(found.nodes)
    )
    deepest = max((len(numbers) for numbers in steps.values()), default=1)
    title = text("Beam search")
    picture = svg(STEP * max(steps, default=1) + 24, ROW * deepest + 8, links + words, title)
    told = text(
        "Each column is a step, the best beam on top; ■ is an end, and bold is the way that won. "
        "Greedy takes the likeliest token at each step; beams keep several ways open."
    )
    nothing = text("(nothing)")
    texts = Markup("").join(
        Markup("<li>{} <small>{}</small></li>").format(
            safe(words) or nothing, text("{score} a token", score=f"{score:.2f}")
        )
        for words, score in found.texts
    )
    listed = Markup(
        '<dl class="lab-texts"><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd><ol>{}</ol></dd></dl>'
    ).format(text("Greedy"), safe(greedy) or nothing, text("Beams, best first"), texts)
    return figure(title, told, picture, "beams") + listed


def _link(start: tuple[float, float], end: tuple[float, float], node: Beam) -> Markup:
    x, y = start[0] + STEP - 32, start[1] - 4
    colour = f"stroke:{ACCENT};stroke-width:3" if node.chosen else f"stroke:{LINE};stroke-width:1.5"
    return Markup(
        '<path d="M{0:.0f} {1:.0f}C{2:.0f} {1:.0f} {3:.0f} {4:.0f} {5:.0f} {4:.0f}" '
        'style="fill:none;{6}"/>'
    ).format(x, y, x + 14, end[0] - 18, end[1] - 4, end[0] - 4, colour)
