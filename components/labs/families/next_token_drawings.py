"""What a decoder says of the next token, drawn: bars to click, the tree, the surprises."""

from collections.abc import Sequence

from components.labs.drawings import ACCENT, FAINT, bar, figure, short, svg, text, visible
from pipelines.labs.families.continuations import Branch
from pipelines.labs.families.decoder import Candidate, Surprise

ROW, STEP = 17, 128  # of the tree: a leaf's height, a level's width
MOST_BITS = 12.0  # a token of this surprisal (1 in 4,096) has the full colour


def candidate_bars(candidates: Sequence[Candidate]) -> str:
    """The likeliest tokens; each row is a button that takes its token."""
    rows = ""
    for one in candidates:
        name = visible(one.token).replace(" ", "␣")
        cut = "" if one.probability else " out"
        row = bar(name, one.probability, f"{one.probability:.1%}", outline=one.raw)
        rows += (
            f'<button type="button" class="lab-take{cut}" data-take="{one.id}" '
            f'aria-label="Take {name}">{row}</button>'
        )
    left = max(0.0, 1 - sum(one.probability for one in candidates))
    told = (
        "Click a token to take it and go on. The outline is the model's own probability, the bar "
        f"what the sliders make of it; all other tokens together have {left:.1%}."
    )
    return figure("The next token", told, rows, "next-token")


def tree(branches: Sequence[Branch]) -> str:
    """Continuations from left to right; a line as thick as its path is likely."""
    parts: list[str] = []
    height = _branches(branches, 0, 0.0, "", None, parts)
    label = "Tree of the likeliest continuations"
    picture = svg(STEP * 3 + 8, height + 4, "".join(parts), label, "group")
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
    parts: list[str],
) -> float:
    """Draw these branches from `top` on; returns where they end."""
    for one in branches:
        leaves = _leaves(one)
        x, y = level * STEP + 6.0, top + leaves * ROW / 2
        taken = f"{path},{one.id}".lstrip(",")
        if parent:
            parts.append(
                f'<path d="M{parent[0]:.0f} {parent[1]:.0f}C{x - 16:.0f} {parent[1]:.0f} '
                f'{x - 18:.0f} {y:.0f} {x - 4:.0f} {y:.0f}" style="fill:none;stroke:{ACCENT};'
                f'stroke-opacity:.8;stroke-width:{0.5 + 6 * one.path_probability:.2f}"/>'
            )
        words = (
            f"{short(one.token)} <tspan style='fill:{FAINT}'>{one.probability:.0%}</tspan>"
            f"<title>{one.path_probability:.2%} for the whole path</title>"
        )
        label = text(x, y + 4, words)
        parts.append(
            f'<g data-take="{taken}" style="cursor:pointer" tabindex="0" role="button" '
            f'aria-label="Take {short(one.token)}, {one.probability:.0%}">{label}</g>'
        )
        end = (level * STEP + 104.0, y)
        _branches(one.branches, level + 1, top, taken, end, parts)
        top += leaves * ROW
    return top


def _leaves(branch: Branch) -> int:
    return sum(_leaves(one) for one in branch.branches) or 1


def surprises(told: Sequence[Surprise], perplexity: float) -> str:
    """The text, each token as coloured as it was surprising."""
    spans = ""
    for one in told:
        if one.surprisal is None:
            spans += f'<span title="the first: nothing before it">{visible(one.token)}</span>'
            continue
        share = min(one.surprisal / MOST_BITS, 1)
        spans += (
            f'<span tabindex="0" style="--v:{share:.2f}" title="{one.surprisal:.1f} bits, '
            f'number {one.rank} of the likeliest">{visible(one.token)}</span>'
        )
    explained = (
        "The darker a token, the less the model expected it after what stands before. "
        f"Perplexity {perplexity:,.1f}: as unsure as when choosing among so many."
    )
    return figure("Surprise", explained, f'<p class="lab-surprises">{spans}</p>', "surprise")
