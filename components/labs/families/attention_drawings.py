"""Attention drawn three ways: how much goes to either side, as a heat map, as lines between words.

The same for an encoder, which sees both sides, and a decoder, whose right side is dark.
"""

from collections.abc import Sequence

from markupsafe import Markup

from components.drawings import (
    ACCENT,
    CELL,
    INK,
    figure,
    heat_map,
    short,
    svg,
    svg_text,
    width_of,
)
from components.markup import numbered
from components.translations import text
from pipelines.labs.families.attention import Array

WEAKEST = 0.02  # thinner lines are not seen, and a long sentence has thousands of them
GAP = 110
# Travels with a saved picture, so that its lines too follow the pointer.
HOVER = Markup(
    "<style>.words:has(g:hover) g:not(:hover) path,.words:has(g:focus) g:not(:focus) path"
    "&#123;display:none&#125; .words g:hover text,.words g:focus text&#123;font-weight:bold&#125;"
    " .words g&#123;outline:none;cursor:pointer&#125;"
    " .words path&#123;fill:none;stroke:{};stroke-width:2.5&#125;</style>"
).format(ACCENT)

CURVE = '<path d="M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f" stroke-opacity="%.2f"/>'
WORD = Markup(
    '<g tabindex="0" role="img" aria-label="{}"><rect x="0" y="{}" width="{:.0f}" height="{}" '
    'style="fill:{};fill-opacity:0"/>{}{}</g>'
)


def sides(weights: Array) -> tuple[float, float, float]:
    """Mean share of the attention [queries, keys] that goes left, to the token itself, right."""
    count = len(weights)
    left = sum(float(weights[n, :n].sum()) for n in range(count)) / count
    itself = sum(float(weights[n, n]) for n in range(count)) / count
    return left, itself, max(0.0, 1 - left - itself)


def both_sides(weights: Array) -> Markup:
    """A bar of three parts: what stands before a token, the token itself, what comes after it."""
    parts = Markup("")
    named = (("before", text("before")), ("itself", text("itself")), ("after", text("after")))
    shares = list(zip(named, sides(weights), strict=True))
    for (name, _), share in shares:
        parts += Markup('<b class="{}" style="flex-grow:{:.4f}"></b>').format(name, share)
    told = Markup(" · ").join(
        Markup('<i class="{}"></i> {} {:.0%}').format(name, words, share)
        for (name, words), share in shares
    )
    return Markup('<div class="lab-sides"><div>{}</div><p>{}</p></div>').format(parts, told)


def attention(weights: Array, tokens: Sequence[str], layer: int, head: int, causal: bool) -> Markup:
    """The three figures of one head: `weights` [tokens, tokens], each row adding up to 1."""
    place = text("layer {layer}, head {head}", layer=layer, head=head)
    seen = (
        text("A token sees itself and what stands before it; of what comes after, nothing.")
        if causal
        else text("A token sees what stands before it and what comes after it.")
    )
    rows = text("Each row is a token and where it looks; darker is more, and a row adds up to 1.")
    rows += " " + text("The struck-out half is the causal mask.") if causal else ""
    name = f"attention-layer-{layer}-head-{head}"
    return (
        figure(text("Where {place} looks", place=place), seen, both_sides(weights), name + "-sides")
        + figure(
            text("Attention of {place}", place=place),
            rows,
            heat_map(
                weights,
                tokens,
                tokens,
                text("Attention, {place}", place=place),
                lambda r, c: causal and c > r,
            ),
            name,
        )
        + figure(
            text("From word to word"),
            text("Point at a word on the left (or tap it): only its lines stay."),
            lines(weights, tokens, text("Lines, {place}", place=place)),
            name + "-lines",
        )
    )


def lines(weights: Array, tokens: Sequence[str], label: str) -> Markup:
    """Tokens twice, looking on the left and looked at on the right; a line as strong as it is."""
    column = width_of(tokens) + 12
    right = column + GAP
    words = [short(token) for token in tokens]
    parts = [svg_text(right + 6, CELL * (n + 0.72), word) for n, word in enumerate(words)]
    for n, word in enumerate(words):
        y = CELL * (n + 0.5)
        drawn = numbered(
            CURVE,
            (
                (column, y, column + 50, y, right - 50, end, right, end, float(weights[n, k]))
                for k in range(len(tokens))
                if weights[n, k] >= WEAKEST
                for end in [CELL * (k + 0.5)]
            ),
        )
        most = int(weights[n].argmax())
        told = text(
            "{token} looks most at {other}, {share}",
            token=word,
            other=words[most],
            share=f"{weights[n, most]:.2f}",
        )
        shown = svg_text(column - 5, CELL * (n + 0.72), word, "end")
        parts.append(WORD.format(told, CELL * n, column, CELL, INK, shown, drawn))
    inside = Markup('{}<g class="words">{}</g>').format(HOVER, Markup("").join(parts))
    return svg(right + column, CELL * len(tokens) + 4, inside, label, "group")
