"""Where two answers to the same input differ, in a sentence or two: one function a kind of result.

The first answer is called “first”, the other “second”, as the columns of the page are.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from components.translations import text

MOST = 6  # labels, boxes or spans that are named; of more the number is said
OVERLAP = 0.5  # boxes that share this part of their union are of one thing
LONGEST = 2_000  # words; texts that are longer are not compared word by word
LEFT_OUT, ADDED = Markup("<del>{}</del> "), Markup("<ins>{}</ins> ")
Box = Mapping[str, float]


def paragraphs(*told: str) -> Markup:
    """Each text in a paragraph of its own."""
    return Markup("").join(Markup("<p>{}</p>").format(one) for one in told if one)


def equal_or_different(one: Any, other: Any) -> Markup:
    """For results that nothing more is known of."""
    equal = text("Both answers are equal.")
    return paragraphs(equal if one == other else text("The answers are different."))


def labels(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> Markup:
    """[{"label", "score"}], best first: labels that changed rank, and those of one model alone."""
    first, second = _ranks(one), _ranks(other)
    if not first or not second:
        return equal_or_different(one, other)
    moved = [
        f"{label} {rank} → {second[label][0]} ("
        + text("{change} points", change=f"{100 * (second[label][1] - score):+.0f}")
        + ")"
        for label, (rank, score) in first.items()
        if label in second and second[label][0] != rank
    ]
    best, best_of_other = next(iter(first)), next(iter(second))
    sure = {"p1": f"{first[best][1]:.0%}", "p2": f"{second[best_of_other][1]:.0%}"}
    if best == best_of_other:
        alike = text("Both say {label} ({p1} and {p2}).", label=best, **sure)
    else:
        alike = text(
            "The first says {one}, the second {two} ({p1} and {p2}).",
            one=best,
            two=best_of_other,
            **sure,
        )
    ranks = text("No label in both changed rank.")
    if moved[1:]:
        ranks = text(
            "{count} labels changed rank: {labels}.", count=len(moved), labels=_named(moved)
        )
    elif moved:
        ranks = text("1 label changed rank: {labels}.", labels=_named(moved))
    elif not first.keys() & second.keys():
        ranks = text("They have no label in common.")
    return paragraphs(alike, ranks, _only(first.keys(), second.keys()))


def _ranks(scores: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, float]]:
    return {str(one["label"]): (rank, one["score"]) for rank, one in enumerate(scores, 1)}


def boxes(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> Markup:
    """[{"label", "score", "box"}]: each box beside the one of the other that it overlaps most."""
    overlaps = sorted(
        (
            (overlap, a, b)
            for a, first in enumerate(one)
            for b, second in enumerate(other)
            if (overlap := intersection_over_union(first["box"], second["box"])) >= OVERLAP
        ),
        # Of boxes that overlap equally, those of the same label belong together.
        key=lambda pair: (-pair[0], one[pair[1]]["label"] != other[pair[2]]["label"]),
    )
    pairs: dict[int, int] = {}
    shared = []
    for overlap, a, b in overlaps:
        if a not in pairs and b not in pairs.values():
            pairs[a] = b
            shared.append(overlap)
    renamed = [
        f"{one[a]['label']} → {other[b]['label']}"
        for a, b in pairs.items()
        if one[a]["label"] != other[b]["label"]
    ]
    found = text("No box of one overlaps one of the other by half.")
    if not one and not other:
        found = text("Both found nothing.")
    elif not one:
        found = text("The first found nothing.")
    elif not other:
        found = text("The second found nothing.")
    if shared:
        mean = f"{sum(shared) / len(shared):.0%}"
        found = text("1 thing found by both; their boxes overlap by {share}.", share=mean)
        if shared[1:]:
            found = text(
                "{count} things found by both; their boxes overlap by {share}.",
                count=len(shared),
                share=mean,
            )
    lonely = [thing["label"] for a, thing in enumerate(one) if a not in pairs]
    others = [thing["label"] for b, thing in enumerate(other) if b not in pairs.values()]
    named = text("Named otherwise: {names}.", names=_named(renamed)) if renamed else ""
    return paragraphs(found, named, *_alone(lonely, others))


def intersection_over_union(one: Box, other: Box) -> float:
    """How much of the area of both boxes they share."""
    width = min(one["xmax"], other["xmax"]) - max(one["xmin"], other["xmin"])
    height = min(one["ymax"], other["ymax"]) - max(one["ymin"], other["ymin"])
    both = max(0.0, width) * max(0.0, height)
    areas = [(box["xmax"] - box["xmin"]) * (box["ymax"] - box["ymin"]) for box in (one, other)]
    union = sum(areas) - both
    return both / union if union > 0 else 0.0


def texts(one: str, other: str) -> Markup:
    """What of the first text the second leaves out, and what it has instead, word by word."""
    if one == other:
        return paragraphs(text("Both texts are equal."))
    first, second = (re.findall(r"\S+\s*", given) for given in (one, other))
    if max(len(first), len(second)) > LONGEST:
        return paragraphs(text("The texts differ; they are too long to be compared word by word."))
    a_words, b_words = ([word.strip() for word in words] for words in (first, second))
    matcher = difflib.SequenceMatcher(None, a_words, b_words, autojunk=False)
    marked, same = Markup(""), 0
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            same += b - a
            marked += "".join(second[c:d])
            continue
        for mark, part in ((LEFT_OUT, first[a:b]), (ADDED, second[c:d])):
            if part:
                marked += mark.format("".join(part).strip())
    longest = max(len(first), len(second))
    told = text("{count} of {all} words differ.", count=f"{longest - same:,}", all=f"{longest:,}")
    if same == longest:
        told = text("The texts differ in white space alone.")
    legend = Markup("<small>{}</small>").format(
        text(
            "{first}: the first alone; {second}: the second alone",
            first=Markup("<del>{}</del>").format(text("struck through")),
            second=Markup("<ins>{}</ins>").format(text("underlined")),
        )
    )
    return paragraphs(told, legend) + Markup('<p class="words">{}</p>').format(marked)


def vectors(one: Sequence[Any], other: Sequence[Any], lines: Sequence[str]) -> Markup:
    """Vectors, one for each line: how similar the two of each line are; those of two models of
    different sizes cannot be held against each other, but the similarities of the lines can."""
    first, second = (
        list(value) if value and isinstance(value[0], list) else [value] for value in (one, other)
    )
    if len(first) != len(second):  # token vectors of two tokenizers
        other_tokens = "{one} vectors and {two}: other tokens, other vectors."
        return paragraphs(text(other_tokens, one=len(first), two=len(second)))
    if len(first[0]) == len(second[0]):
        cosines = [cosine(a, b) for a, b in zip(first, second, strict=True)]
        mean = sum(cosines) / len(cosines)
        alike = text("The cosine of both vectors is {cosine}.", cosine=f"{mean:.2f}")
        if cosines[1:]:
            alike = text("The cosine of both vectors is {cosine} on average.", cosine=f"{mean:.2f}")
        if first == second:
            return paragraphs(text("Both answers are equal."))
    else:
        alike = text(
            "Vectors of {one} and {two} numbers have no common measure.",
            one=len(first[0]),
            two=len(second[0]),
        )
    pairs = [
        (abs(cosine(second[a], second[b]) - cosine(first[a], first[b])), a, b)
        for a in range(len(first))
        for b in range(a)
    ]
    if not pairs:
        return paragraphs(alike)
    most, a, b = max(pairs)
    mean = sum(pair[0] for pair in pairs) / len(pairs)
    named = [lines[n][:40] if n < len(lines) else f"token {n}" for n in (b, a)]
    return paragraphs(
        alike,
        text(
            "The similarities of the lines differ by {mean} on average, most ({most}) those of "
            "“{one}” and “{two}”.",
            mean=f"{mean:.2f}",
            most=f"{most:.2f}",
            one=named[0],
            two=named[1],
        ),
    )


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """1 for the same direction, 0 for a right angle."""
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    lengths = sum(a * a for a in one) * sum(b * b for b in other)
    return float(dot / (lengths**0.5 or 1.0))


def spans(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> Markup:
    """Labelled spans of one text: those that only one found, or that the other calls otherwise."""
    first, second = _places(one), _places(other)
    both = first.keys() & second.keys()
    renamed = [
        f"{first[place][0]} {first[place][1]} → {second[place][1]}"
        for place in first
        if place in both and first[place][1] != second[place][1]
    ]
    if first == second:
        one_span = text("Both found the same: 1 span.")
        spans_found = text("Both found the same: {count} spans.", count=len(first))
        return paragraphs(one_span if len(first) == 1 else spans_found)
    lonely, others = (
        [f"{word} ({label})" for place, (word, label) in found.items() if place not in both]
        for found in (first, second)
    )
    named = text("Labelled otherwise: {names}.", names=_named(renamed)) if renamed else ""
    same = text("{count} spans found and labelled alike by both.", count=len(both) - len(renamed))
    if len(both) - len(renamed) == 1:
        same = text("1 span found and labelled alike by both.")
    return paragraphs(same, named, *_alone(lonely, others))


def _places(found: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int], tuple[str, str]]:
    return {
        (one["start"], one["end"]): (
            str(one["word"]).strip(),
            str(one.get("entity_group") or one.get("entity")),
        )
        for one in found
    }


def _only(first: Iterable[str], second: Iterable[str]) -> str:
    """Labels that one of the lists alone has."""
    one, other = list(first), list(second)
    told = []
    if alone := [label for label in one if label not in other]:
        told.append(text("Only in the first: {labels}.", labels=_named(alone)))
    if alone := [label for label in other if label not in one]:
        told.append(text("Only in the second: {labels}.", labels=_named(alone)))
    return " ".join(told)


def _alone(first: Sequence[str], second: Sequence[str]) -> tuple[str, str]:
    """What each of both found that the other did not."""
    return (
        text("Only the first found {names}.", names=_named(first)) if first else "",
        text("Only the second found {names}.", names=_named(second)) if second else "",
    )


def _named(names: Sequence[str]) -> str:
    told = ", ".join(names[:MOST])
    more = len(names) - MOST
    return text("{names} and {count} more", names=told, count=more) if more > 0 else told
