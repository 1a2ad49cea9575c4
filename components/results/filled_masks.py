"""Words for a masked place as bars, each with its sentence; two sentences side by side.

The text is taken line by line: each line is a sentence of its own. Of two sentences with one mask
each it is told how the scores of their words differ.
"""

import string
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.results import differences
from components.results.files import csv_file
from components.results.vectors import lines_of
from components.results.view import Files, Inputs, SimpleView
from components.translations import text

MOST_LINES = 8
ROW = Markup(
    '<tr><th scope="row">{word}</th><td class="bar"><i style="--v:{score:.4f}"></i></td>'
    '<td>{score:.1%}</td><td class="with">{sequence}</td></tr>'
)
TABLE = Markup(
    '<table class="fillings"><caption>{caption}</caption><thead><tr><th scope="col">{word}</th>'
    '<th scope="col" colspan="2">{score}</th>'
    '<th scope="col" class="with">{sentence}</th></tr></thead>'
    "<tbody>{rows}</tbody></table>"
)
COMPARED = Markup(
    '<table class="compared"><caption>{told}</caption><thead><tr><th scope="col">Word</th>'
    '<th scope="col">{one}</th><th scope="col">{two}</th>'
    '<th scope="col" colspan="2">Points more for {two}</th></tr></thead>'
    "<tbody>{rows}</tbody></table>"
)
DIFFERENCE = Markup(
    '<tr><th scope="row">{word}</th><td>{one}</td><td>{two}</td>'
    '<td class="lean {side}"><i style="--v:{share:.3f}"></i></td><td>{points}</td></tr>'
)
MOST_COMPARED = 12  # words
MOST_NAMED = 4
Filled = list[dict[str, Any]]


class FilledMasks(SimpleView):
    """[{"score", "token_str", "sequence"}], a list a mask, a list of these a sentence → bars."""

    def build(self) -> list[Component]:
        """One gr.HTML."""
        return [gr.HTML(label=text("Words"))]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The words of each mask; of two sentences their difference first."""
        lines = lines_of(inputs["text"])
        sentences = value if len(lines) > 1 else [value]
        masks = [one if isinstance(one[0], list) else [one] for one in sentences]
        parts = [_compared(lines, masks)] if len(masks) == 2 else []
        for line, filled in zip(lines, masks, strict=False):
            for number, words in enumerate(filled, 1):
                which = f" (mask {number} of {len(filled)})" if len(filled) > 1 else ""
                parts.append(_table(f"{line[:160]}{which}", words))
        if len(lines) > MOST_LINES:
            most, count = MOST_LINES, f"{len(lines):,}"
            told = text("Only the first {most} of {count} lines are taken.", most=most, count=count)
            parts.append(Markup("<p>{}</p>").format(told))
        side = " beside" if len(masks) == 2 else ""
        return [Markup('<div class="filled{}">{}</div>').format(side, Markup("").join(parts))]

    def clear(self) -> list[Any]:
        """Nothing."""
        return [""]

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Words that changed rank, mask by mask."""
        pairs = [*zip(_masks(one), _masks(other), strict=False)]
        parts = Markup("")
        for number, (first, second) in enumerate(pairs, 1):
            told = f"Mask {number} of {len(pairs)}:" if len(pairs) > 1 else ""
            parts += differences.paragraphs(told) + differences.labels(
                _ranked(first), _ranked(second)
            )
        return parts

    def files(self) -> Files:
        """A table of the words, too."""
        return {"csv": _table_of_words, **super().files()}


def _masks(value: Any) -> list[Filled]:
    """The words of each mask, of whatever sentence."""
    if not value or isinstance(value[0], dict):
        return [value]
    return [filled for one in value for filled in _masks(one)]


def _ranked(filled: Filled) -> list[dict[str, Any]]:
    return [{"label": _word(one), "score": one["score"]} for one in filled]


def _table_of_words(value: Any, inputs: Inputs) -> bytes:
    rows = [
        {"mask": number, "word": _word(one), "score": one["score"], "sequence": one["sequence"]}
        for number, filled in enumerate(_masks(value), 1)
        for one in filled
    ]
    return csv_file(("mask", "word", "score", "sequence"), rows)


def _table(caption: str, words: Filled) -> Markup:
    peak = max((one["score"] for one in words), default=0) or 1
    rows = Markup("").join(
        ROW.format(word=_word(one), score=one["score"], sequence=one["sequence"][:300])
        for one in words
    )
    table = TABLE.format(
        caption=caption,
        word=text("Word"),
        score=text("Score"),
        sentence=text("The sentence with it"),
        rows=rows,
    )
    return Markup('<div style="--peak:{:.4f}">{}</div>').format(peak, table)


@dataclass(frozen=True)
class Shift:
    """A word's score in both sentences; None where it is not among that sentence's words, whose
    lowest score it is below."""

    word: str
    one: float | None
    two: float | None
    lowest: tuple[float, float]

    @property
    def points(self) -> float:
        """How much likelier it is in the second sentence; where one score is not known, how much
        it is at least, either way."""
        if self.two is None:
            return min(0.0, 100 * (self.lowest[1] - (self.one or 0)))
        if self.one is None:
            return max(0.0, 100 * (self.two - self.lowest[0]))
        return 100 * (self.two - self.one)

    @property
    def signed(self) -> str:
        """The points with their sign."""
        points = round(self.points, 1)
        if None in (self.one, self.two):
            return f"{'≥' if points > 0 else '≤'} {points:+.1f}" if points else "–"
        return f"{points:+.1f}" if points else "±0.0"

    def score(self, number: int) -> str:
        """The score in one of the sentences."""
        score = (self.one, self.two)[number]
        return f"< {self.lowest[number]:.1%}" if score is None else f"{score:.1%}"


def _compared(lines: list[str], masks: list[list[Filled]]) -> Markup:
    """The words whose scores differ most, from those of the first to those of the second."""
    if any(len(filled) != 1 for filled in masks):
        return Markup("")
    one, two = ({_word(word): word["score"] for word in filled[0]} for filled in masks)
    lowest = (min(one.values(), default=0.0), min(two.values(), default=0.0))
    shifts = [Shift(word, one.get(word), two.get(word), lowest) for word in {**one, **two}]
    most = sorted(shifts, key=lambda shift: -abs(shift.points))[:MOST_COMPARED]
    peak = max((abs(shift.points) for shift in most), default=0) or 1
    names = [f"“{_cut(name)}”" for name in differing_words(*lines[:2])]
    rows = Markup("").join(
        DIFFERENCE.format(
            word=shift.word,
            one=shift.score(0),
            two=shift.score(1),
            side="second" if shift.points > 0 else "first",
            share=abs(shift.points) / peak,
            points=shift.signed,
        )
        for shift in sorted(most, key=lambda shift: shift.points)
    )
    told = _differences_told(one, two, names)
    return COMPARED.format(told=told, one=names[0], two=names[1], rows=rows)


def _differences_told(one: dict[str, float], two: dict[str, float], names: list[str]) -> str:
    both, longest = one.keys() & two.keys(), max(len(one), len(two))
    told = [text("{count} of {all} words are the same.", count=len(both), all=longest)]
    for name, mine in zip(names, (one, two), strict=True):
        if alone := [word for word in mine if word not in both]:
            words, more = ", ".join(alone[:MOST_NAMED]), len(alone) - MOST_NAMED
            if more > 0:
                words = text("{names} and {count} more", names=words, count=more)
            told.append(text("Only with {name}: {words}.", name=name, words=words))
    return " ".join(told)


def differing_words(one: str, two: str) -> tuple[str, str]:
    """What is in the place of the other between what both sentences have in common; the sentences
    themselves where one has nothing there."""
    first, second = one.split(), two.split()
    start = _shared(first, second)
    end = _shared(first[start:][::-1], second[start:][::-1])
    inner = [" ".join(words[start : len(words) - end]) for words in (first, second)]
    named = [words.strip(string.punctuation) for words in inner]
    return (named[0], named[1]) if all(named) else (one, two)


def _shared(one: list[str], two: list[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))


def _word(filled: dict[str, Any]) -> str:
    return str(filled["token_str"]).strip() or "(space)"


def _cut(line: str) -> str:
    return line if len(line) <= 60 else f"{line[:59]}…"
