"""Many like elements of a figure at once, for which `Markup.format` is too slow.

A heat map of 64 tokens has 4,096 squares: 430 ms by `Markup.format`, 30 ms so (two cores, busy).
"""

from collections.abc import Iterable

from markupsafe import Markup

DOT = Markup("\N{NO-BREAK SPACE}· ")  # between facts in a line; no line of text begins with it


def numbered(template: str, rows: Iterable[tuple[float, ...]]) -> Markup:
    """The template once for each row of numbers; only %d and %.2f and the like may stand in it.

    Those refuse strings, so nothing that has to be escaped gets in.
    """
    assert "%s" not in template
    assert "%r" not in template
    return Markup("".join(template % row for row in rows))  # noqa: S704 - numbers alone
