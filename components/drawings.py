"""What figures share: escaping, a frame with a line of explanation and a button that
saves the picture (by assets/page.js), the heat map, and bars.

HTML is markupsafe's Markup: a plain string put into it is escaped. Colours are the theme's, each
with a fallback, so that a saved picture is right without the page.
"""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape
from numpy.typing import NDArray

from components.translations import text

INK = "var(--body-text-color, #27272a)"
FAINT = "var(--body-text-color-subdued, #71717a)"
LINE = "var(--border-color-primary, #e4e4e7)"
ACCENT = "var(--color-accent, #f59e0b)"
CELL, FONT, LETTER = 18, 12, 6.6  # of a heat map: its squares, its letters and their width
LONGEST = 12  # letters of a token that are shown in a figure


BRACES = {
    "{": Markup("&#123;"),
    "}": Markup("&#125;"),
    "$": Markup("&#36;"),
    "`": Markup("&#96;"),
}
SAVE = Markup('<button type="button" class="lab-save" data-save="{}" aria-label="{}">{}</button>')
TOKENS = Markup('<div class="lab-tokens">{}</div>')
TOKEN = Markup('<span class="{}">{}</span>')


def safe(words: str) -> Markup:
    """A user's or a model's text in HTML; braces too, for gradio reads them as a template."""
    shown = escape(words)
    for brace, reference in BRACES.items():
        shown = shown.replace(brace, reference)
    return shown


def visible(token: str) -> Markup:
    """A token with its line ends made visible, escaped for HTML."""
    shown = token.replace("\n", "⏎").replace("\t", "⇥")
    return safe("".join(one if one == " " or one.isprintable() else "�" for one in shown))


def short(token: str) -> Markup:
    """A token as a label: without spaces around it, cut when long, escaped for SVG."""
    shown = "".join(
        "⏎" if one == "\n" else one if one.isprintable() else "�" for one in token.strip(" ")
    )
    return safe(shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…") or Markup("␣")


def width_of(tokens: Sequence[str]) -> float:
    """How wide the longest of these labels is, about; wide scripts count twice."""
    widths = [
        sum(2 if ord(letter) > 0x1100 else 1 for letter in token.strip(" ")[:LONGEST])
        for token in tokens
    ]
    return LETTER * max([2, *widths])


def save_button(title: str, name: str) -> Markup:
    """The button of the figure it stands in; `name` is the saved file's."""
    return SAVE.format(name, text("Save the picture: {title}", title=title), text("Save"))


def figure(title: str, explained: str, picture: Markup, name: str) -> Markup:
    """A picture with its line, and the button that saves it."""
    save = save_button(title, f"{name}.{'svg' if '<svg' in picture else 'png'}")
    return Markup(
        '<figure class="lab-figure"><figcaption><b>{}</b>{}<span>{}</span></figcaption>'
        '<div class="lab-scroll lab-picture" tabindex="0" role="group" aria-label="{}">{}</div>'
        "</figure>"
    ).format(title, save, explained, title, picture)


def svg(width: float, height: float, inside: Markup, label: str, role: str = "img") -> Markup:
    """The frame of a drawing; it keeps its size, and what is wider scrolls.

    `role` is "group" where parts of it can be reached with the keyboard: an image has no parts.
    """
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" '
        'viewBox="0 0 {0:.0f} {1:.0f}" font-family="system-ui, sans-serif" '
        'font-size="{2}" role="{3}" aria-label="{4}">{5}</svg>'
    ).format(width, height, FONT, role, safe(label), inside)


def svg_text(x: float, y: float, words: str, anchor: str = "start", attributes: str = "") -> Markup:
    """Words at a place; `attributes` is Markup."""
    return Markup(
        '<text x="{:.1f}" y="{:.1f}" text-anchor="{}" style="fill:{}"{}>{}</text>'
    ).format(x, y, anchor, INK, attributes, words)


def heat_map(
    values: NDArray[Any],
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    hidden: Callable[[int, int], bool] = lambda row, column: False,
) -> Markup:
    """Squares [rows, columns] of 0 to 1, each with its figure; `hidden` ones are struck out."""
    left, top = width_of(rows) + 10, width_of(columns) * 0.9 + 14
    beside, above = [short(one) for one in rows], [short(one) for one in columns]
    parts = [svg_text(left - 5, top + CELL * (n + 0.7), one, "end") for n, one in enumerate(beside)]
    for n, one in enumerate(above):
        x, y = left + CELL * (n + 0.65), top - 5
        turned = Markup(' transform="rotate(-60 {:.1f} {:.1f})"').format(x, y)
        parts.append(svg_text(x, y, one, "start", turned))
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
    struck = Markup('<path d="{}" style="stroke:{}"/>').format(strokes, LINE) if strokes else ""
    group = Markup('<g transform="translate({:.1f} {:.1f})" style="fill:{}">{}{}</g>')
    drawn = Markup("".join(squares))  # noqa: S704 - numbers and escaped labels; see markup.py
    parts.append(group.format(left + 0.5, top + 0.5, ACCENT, drawn, struck))
    width = left + CELL * len(columns) + top * 0.5
    return svg(width, top + CELL * len(rows) + 4, Markup("").join(parts), label)


def bar(words: str, share: float, figure: str, outline: float | None = None) -> Markup:
    """A row of bars: words, a bar of 0 to 1, its figure; an outline for what it was before."""
    was = ""
    if outline is not None:
        was = Markup('<u style="width:{:.1%}"></u>').format(min(outline, 1))
    return Markup(
        '<div class="lab-bar"><span>{}</span><i>{}<b style="width:{:.1%}"></b></i><em>{}</em></div>'
    ).format(words, was, min(max(share, 0), 1), figure)
