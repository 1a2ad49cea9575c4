"""What all figures of the labs share: text made safe, a frame with a line of explanation and a
button that saves the picture (saving.py), and the heat map.

Colours are the theme's with one to fall back on, so a saved picture is right without the page.
Functions of plain values to HTML; they know no model.
"""

from collections.abc import Callable, Sequence
from html import escape

from components.labs.saving import save_button
from pipelines.labs.families.attention import Array

INK = "var(--body-text-color, #27272a)"
FAINT = "var(--body-text-color-subdued, #71717a)"
LINE = "var(--border-color-primary, #e4e4e7)"
ACCENT = "var(--color-accent, #f59e0b)"
CELL, FONT, LETTER = 18, 12, 6.6  # of a heat map: its squares, its letters and their width
LONGEST = 12  # letters of a token that are shown in a figure


def safe(text: str) -> str:
    """A user's or a model's text in HTML; braces too, for gradio reads them as a template."""
    braces = {"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"}
    return "".join(braces.get(letter, letter) for letter in escape(text, quote=True))


def visible(token: str) -> str:
    """A token with its spaces and line ends to be seen, safe in HTML."""
    shown = token.replace("\n", "⏎").replace("\t", "⇥")
    return safe("".join(one if one == " " or one.isprintable() else "�" for one in shown))


def short(token: str) -> str:
    """A token as a label: no space around it, cut when long, safe in SVG."""
    shown = "".join(
        "⏎" if one == "\n" else one if one.isprintable() else "�" for one in token.strip(" ")
    )
    return safe(shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…") or "␣"


def width_of(tokens: Sequence[str]) -> float:
    """How wide the longest of these labels is, about; wide scripts count twice."""
    widths = [
        sum(2 if ord(letter) > 0x1100 else 1 for letter in token.strip(" ")[:LONGEST])
        for token in tokens
    ]
    return LETTER * max([2, *widths])


def figure(title: str, explained: str, picture: str, name: str) -> str:
    """A picture with its line, and the button that saves it."""
    save = save_button(safe(title), f"{name}.{'svg' if '<svg' in picture else 'png'}")
    return (
        f'<figure class="lab-figure"><figcaption><b>{safe(title)}</b>{save}'
        f'<span>{explained}</span></figcaption><div class="lab-scroll lab-picture">{picture}</div>'
        "</figure>"
    )


def svg(width: float, height: float, inside: str, label: str, role: str = "img") -> str:
    """The frame of a drawing; it keeps its size, and what is wider scrolls.

    `role` is "group" where parts of it can be reached with the keyboard: an image has no parts.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="system-ui, sans-serif" '
        f'font-size="{FONT}" role="{role}" aria-label="{safe(label)}">{inside}</svg>'
    )


def text(x: float, y: float, words: str, anchor: str = "start", more: str = "") -> str:
    """Letters at a place; `words` are safe already."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} style="fill:{INK}"{more}>{words}</text>'


def heat_map(
    values: Array,
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    hidden: Callable[[int, int], bool] = lambda row, column: False,
) -> str:
    """Squares [rows, columns] of 0 to 1, each with its figure; `hidden` ones are struck out."""
    left, top = width_of(rows) + 10, width_of(columns) * 0.9 + 14
    beside, above = [short(one) for one in rows], [short(one) for one in columns]
    parts = [text(left - 5, top + CELL * (n + 0.7), one, "end") for n, one in enumerate(beside)]
    for n, one in enumerate(above):
        x, y = left + CELL * (n + 0.65), top - 5
        parts.append(text(x, y, one, "start", f' transform="rotate(-60 {x:.1f} {y:.1f})"'))
    squares, strokes = [], ""  # a page draws thousands of squares in a tenth of a second, at best
    for r, row in enumerate(beside):
        for c, column in enumerate(above):
            x, y = CELL * c, CELL * r
            if hidden(r, c):
                strokes += f"M{x + 5} {y + 12}l7 -7"
                continue
            value = float(values[r, c])
            squares.append(
                f'<rect x="{x}" y="{y}" width="{CELL - 1}" height="{CELL - 1}" rx="2" '
                f'fill-opacity="{max(value, 0.03):.2f}">'
                f"<title>{row} → {column}: {value:.3f}</title></rect>"
            )
    struck = f'<path d="{strokes}" style="stroke:{LINE}"/>' if strokes else ""
    parts.append(
        f'<g transform="translate({left + 0.5:.1f} {top + 0.5:.1f})" style="fill:{ACCENT}">'
        f"{''.join(squares)}{struck}</g>"
    )
    width = left + CELL * len(columns) + top * 0.5
    return svg(width, top + CELL * len(rows) + 4, "".join(parts), label)


def bar(words: str, share: float, figure: str, more: str = "", outline: float | None = None) -> str:
    """A row of bars: words, a bar of 0 to 1, its figure; an outline for what it was before."""
    was = "" if outline is None else f'<u style="width:{min(outline, 1):.1%}"></u>'
    return (
        f'<div class="lab-bar"{more}><span>{words}</span>'
        f'<i>{was}<b style="width:{min(max(share, 0), 1):.1%}"></b></i><em>{figure}</em></div>'
    )
