"""What a decoder says of the next token, drawn: bars to click, the tree, the surprises."""

from collections.abc import Sequence

from markupsafe import Markup

from components.drawings import ACCENT, FAINT, bar, figure, short, svg, svg_text, visible
from components.translations import text
from pipelines.labs.families.continuations import Branch
from pipelines.labs.families.decoder import Candidate, Surprise

ROW, STEP = 17, 128  # of the tree: a leaf's height, a level's width
MOST_BITS = 12.0  # a token of this surprisal (1 in 4,096) has the full colour

TAKE = Markup('<button type="button" class="lab-take{}" data-take="{}" aria-label="{}">{}</button>')
CURVE = Markup(
    '<path d="M{0:.0f} {1:.0f}C{2:.0f} {1:.0f} {3:.0f} {4:.0f} {5:.0f} {4:.0f}" '
    'style="fill:none;stroke:{6};stroke-opacity:.8;stroke-width:{7:.2f}"/>'
)
WORDS = Markup("{} <tspan style='fill:{}'>{:.0%}</tspan><title>{}</title>")
BRANCH = Markup(
    '<g data-take="{}" style="cursor:pointer" tabindex="0" role="button" aria-label="{}">{}</g>'
)
SURPRISE = Markup('<span tabindex="0" style="--v:{:.2f}" title="{}">{}</span>')


def candidate_bars(candidates: Sequence[Candidate]) -> Markup:
    """The likeliest tokens; each row is a button that takes its token."""
    rows = Markup("")
    for one in candidates:
        name = visible(one.token.replace(" ", "␣"))
        cut = "" if one.probability else " out"
        row = bar(name, one.probability, f"{one.probability:.1%}", outline=one.raw)
        rows += TAKE.format(cut, one.id, text("Take {token}", token=name), row)
    left = max(0.0, 1 - sum(one.probability for one in candidates))
    told = text(
        "Click a token to take it and go on. The outline is the model's own probability, the bar "
        "what the sliders make of it; all other tokens together have {share}.",
        share=f"{left:.1%}",
    )
    return figure(text("The next token"), told, rows, "next-token")


def tree(branches: Sequence[Branch]) -> Markup:
    """Continuations from left to right; a line as thick as its path is likely."""
    parts: list[Markup] = []
    height = _branches(branches, 0, 0.0, "", None, parts)
    label = text("Tree of the likeliest continuations")
    picture = svg(STEP * 3 + 8, height + 4, Markup("").join(parts), label, "group")
    told = text(
        "The three likeliest tokens, the three after each, and again. Click one to take its path."
    )
    return figure(text("Likeliest continuations"), told, picture, "tree")


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
        whole = text("{share} for the whole path", share=f"{one.path_probability:.2%}")
        words = WORDS.format(token, FAINT, one.probability, whole)
        label = text("Take {token}, {share}", token=token, share=f"{one.probability:.0%}")
        parts.append(BRANCH.format(taken, label, svg_text(x, y + 4, words)))
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
            first = Markup('<span title="{}">{}</span>')
            spans += first.format(text("the first: nothing before it"), visible(one.token))
            continue
        share = min(one.surprisal / MOST_BITS, 1)
        rank = text(
            "{bits} bits, number {rank} of the likeliest",
            bits=f"{one.surprisal:.1f}",
            rank=one.rank,
        )
        spans += SURPRISE.format(share, rank, visible(one.token))
    explained = text(
        "The darker a token, the less the model expected it after what stands before. "
        "Perplexity {perplexity}: as unsure as when choosing among so many.",
        perplexity=f"{perplexity:,.1f}",
    )
    picture = Markup('<p class="lab-surprises">{}</p>').format(spans)
    return figure(text("Surprise"), explained, picture, "surprise")
