"""Attention drawn three ways: how much goes to either side, as a heat map, as lines between words.

The same for an encoder, which sees both sides, and a decoder, whose right side is dark.
"""

from collections.abc import Sequence

from components.labs.drawings import ACCENT, CELL, INK, figure, heat_map, short, svg, text, width_of
from pipelines.labs.families.attention import Array

WEAKEST = 0.02  # thinner lines are not seen, and a long sentence has thousands of them
GAP = 110
# Travels with a saved picture, so that its lines too follow the pointer.
HOVER = (
    "<style>.words:has(g:hover) g:not(:hover) path,.words:has(g:focus) g:not(:focus) path"
    "&#123;display:none&#125; .words g:hover text,.words g:focus text&#123;font-weight:bold&#125;"
    " .words g&#123;outline:none;cursor:pointer&#125;"
    f" .words path&#123;fill:none;stroke:{ACCENT};stroke-width:2.5&#125;</style>"
)


def sides(weights: Array) -> tuple[float, float, float]:
    """Mean share of the attention [queries, keys] that goes left, to the token itself, right."""
    count = len(weights)
    left = sum(float(weights[n, :n].sum()) for n in range(count)) / count
    itself = sum(float(weights[n, n]) for n in range(count)) / count
    return left, itself, max(0.0, 1 - left - itself)


def both_sides(weights: Array) -> str:
    """A bar of three parts: what stands before a token, the token itself, what comes after it."""
    parts = ""
    named = ("before", "itself", "after")
    for name, share in zip(named, sides(weights), strict=True):
        parts += f'<b class="{name}" style="flex-grow:{share:.4f}"></b>'
    told = " · ".join(
        f'<i class="{name}"></i> {name} {share:.0%}'
        for name, share in zip(named, sides(weights), strict=True)
    )
    return f'<div class="lab-sides"><div>{parts}</div><p>{told}</p></div>'


def attention(weights: Array, tokens: Sequence[str], layer: int, head: int, causal: bool) -> str:
    """The three figures of one head: `weights` [tokens, tokens], each row adding up to 1."""
    place = f"layer {layer}, head {head}"
    seen = (
        "A token sees itself and what stands before it; of what comes after, nothing."
        if causal
        else "A token sees what stands before it and what comes after it."
    )
    rows = "Each row is a token and where it looks; darker is more, and a row adds up to 1."
    rows += " The struck-out half is the causal mask." if causal else ""
    name = f"attention-layer-{layer}-head-{head}"
    return (
        figure(f"Where {place} looks", seen, both_sides(weights), name + "-sides")
        + figure(
            f"Attention of {place}",
            rows,
            heat_map(weights, tokens, tokens, f"Attention, {place}", lambda r, c: causal and c > r),
            name,
        )
        + figure(
            "From word to word",
            "Point at a word on the left (or tap it): only its lines stay.",
            lines(weights, tokens, f"Lines, {place}"),
            name + "-lines",
        )
    )


def lines(weights: Array, tokens: Sequence[str], label: str) -> str:
    """Tokens twice, looking on the left and looked at on the right; a line as strong as it is."""
    column = width_of(tokens) + 12
    right = column + GAP
    words = [short(token) for token in tokens]
    parts = [text(right + 6, CELL * (n + 0.72), word) for n, word in enumerate(words)]
    for n, word in enumerate(words):
        y = CELL * (n + 0.5)
        drawn = "".join(
            f'<path d="M{column:.0f} {y:.0f}C{column + 50:.0f} {y:.0f} {right - 50:.0f} '
            f'{CELL * (k + 0.5):.0f} {right:.0f} {CELL * (k + 0.5):.0f}" '
            f'stroke-opacity="{float(weights[n, k]):.2f}"/>'
            for k in range(len(tokens))
            if weights[n, k] >= WEAKEST
        )
        most = int(weights[n].argmax())
        told = f"{word} looks most at {words[most]}, {float(weights[n, most]):.2f}"
        parts.append(
            f'<g tabindex="0" role="img" aria-label="{told}">'
            f'<rect x="0" y="{CELL * n}" width="{column:.0f}" height="{CELL}" '
            f'style="fill:{INK};fill-opacity:0"/>'
            f"{text(column - 5, CELL * (n + 0.72), word, 'end')}{drawn}</g>"
        )
    inside = f'{HOVER}<g class="words">{"".join(parts)}</g>'
    return svg(right + column, CELL * len(tokens) + 4, inside, label, "group")
