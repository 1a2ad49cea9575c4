"""What a decoder says of the next token, drawn: bars to click, the tree, the surprises."""

from collections.abc import Sequence

from markupsafe import Markup

from components.labs.drawings import ACCENT, FAINT, bar, figure, short, svg, text, visible
from pipelines.labs.families.continuations import Branch
from pipelines.labs.families.decoder import Candidate, Surprise

ROW, STEP = 17, 128  # of the tree: a leaf's height, a level's width
MOST_BITS = 12.0  # a token of this surprisal (1 in 4,096) has the full colour

TAKE = Markup(
    '<button type="button" class="lab-take{}" data-take="{}" aria-label="Take {}">{}</button>'
)
CURVE = Markup(
    '<path d="M{0:.0f} {1:.0f}C{2:.0f} {1:.0f} {3:.0f} {4:.0f} {5:.0f} {4:.0f}" '
    'style="fill:none;stroke:{6};stroke-opacity:.8;stroke-width:{7:.2f}"/>'
)
WORDS = Markup("{} <tspan style='fill:{}'>{:.0%}</tspan><title>{:.2%} for the whole path</title>")
BRANCH = Markup(
    '<g data-take="{0}" style="cursor:pointer" tabindex="0" role="button" '
    'aria-label="Take {1}, {2:.0%}">{3}</g>'
)
SURPRISE = Markup(
    '<span tabindex="0" style="--v:{:.2f}" title="{:.1f} bits, number {} of the likeliest">'
    "{}</span>"
)


def candidate_bars(candidates: Sequence[Candidate]) -> Markup:
    """The likeliest tokens; each row is a button that takes its token."""
    rows = Markup("")
    for one in candidates:
        name = visible(one.token.replace(" ", "␣"))
        cut = "" if one.probability else " out"
        row = bar(name, one.probability, f"{one.probability:.1%}", outline=one.raw)
        rows += TAKE.format(cut, one.id, name, row)
    left = max(0.0, 1 - sum(one.probability for one in candidates))
    told = (
        "Click a token to take it and go on. The outline is the model's own probability, the bar "
        f"what the sliders make of it; all other tokens together have {left:.1%}."
    )
    return figure("The next token", told, rows, "next-token")


def tree(branches: Sequence[Branch]) -> Markup:
    """Continuations from left to right; a line as thick as its path is likely."""
    parts: list[Markup] = []
    height = _branches(branches, 0, 0.0, "", None, parts)
    label = "Tree of the likeliest continuations"
    picture = svg(STEP * 3 + 8, height + 4, Markup("").join(parts), label, "group")
    told = (
        "The three likeliest tokens, the three after each, and again. Click one to take its path."
    )
    return figure("Likeliest continuations", told, picture, "tree")


def _branches(
    branches: Sequence[Branch],
    level: int,
    top: float,
    path: str,
    parent: tuple[float, float] | None,
    parts: list[Markup],
) -> float:
    """Draw these branches from `top` on; returns where they end."""
    for one in branches:
        leaves = _leaves(one)
        x, y = level * STEP + 6.0, top + leaves * ROW / 2
        taken = f"{path},{one.id}".lstrip(",")
        if parent:
            width = 0.5 + 6 * one.path_probability
            parts.append(CURVE.format(*parent, x - 16, x - 18, y, x - 4, ACCENT, width))
        token = short(one.token)
        words = WORDS.format(token, FAINT, one.probability, one.path_probability)
        parts.append(BRANCH.format(taken, token, one.probability, text(x, y + 4, words)))
        end = (level * STEP + 104.0, y)
        _branches(one.branches, level + 1, top, taken, end, parts)
        top += leaves * ROW
    return top


def _leaves(branch: Branch) -> int:
    return sum(_leaves(one) for one in branch.branches) or 1


def surprises(told: Sequence[Surprise], perplexity: float) -> Markup:
    """The text, each token as coloured as it was surprising."""
    spans = Markup("")
    for one in told:
        if one.surprisal is None:
            first = Markup('<span title="the first: nothing before it">{}</span>')
            spans += first.format(visible(one.token))
            continue
        share = min(one.surprisal / MOST_BITS, 1)
        spans += SURPRISE.format(share, one.surprisal, one.rank, visible(one.token))
    explained = (
        "The darker a token, the less the model expected it after what stands before. "
        f"Perplexity {perplexity:,.1f}: as unsure as when choosing among so many."
    )
    picture = Markup('<p class="lab-surprises">{}</p>').format(spans)
    return figure("Surprise", explained, picture, "surprise")
