"""The describer's answers: from a question and what the photograph shows to a sentence."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from pipelines.engines.photo.coco import GROUPS, KINDS_IN_IMAGENET, WORDS, plural
from pipelines.engines.photo.imagenet import ANIMALS
from pipelines.engines.photo.questions import Question
from pipelines.engines.photo.sight import Sight, Thing
from pipelines.engines.photo.wording import (
    NOTHING,
    counted,
    listed,
    number,
    place,
    sentence,
    stated,
    tally,
    with_article,
)

ONLY = (
    "I can only answer about the things I know (people, animals, vehicles, furniture, food and "
    "household things): what there is, how many, where, what is left or right of it, which is the "
    "largest, what kind it is, and what is written."
)
NO_TEXT = "There is no text that I can read."
SURE, SURE_UNASKED = 0.3, 0.5  # of a kind, so that it is named
OF_PEOPLE = re.compile(
    r"(?:wo)?m[ae]n|boys?|girls?|child(?:ren)?|kids?|bab(?:y|ies)|lad(?:y|ies)|guys?"
)
ANIMAL = "animal"
NOBODY = {"anybody", "anyone", "somebody", "someone"}
SINGULARS = {word for word in WORDS if plural(word) in WORDS}
PARTS = {
    "left": (0, -1), "right": (0, 1), "top": (1, -1), "upper": (1, -1), "bottom": (1, 1),
    "lower": (1, 1),
}  # fmt: skip


def answer(question: Question, sight: Sight) -> str | None:
    """The answer in a sentence or two; None if it cannot be told.

    It cannot where a thing is asked for that the detector does not know and the classifier does not
    see: that sees the main thing of a picture only. Animals the detector would see as some animal.
    """
    kind = question.kind
    if kind and not kind.classes <= set(ANIMALS) and not _asked(question, sight):
        return None
    return ANSWERS[question.asks](question, sight)


def _text(question: Question, sight: Sight) -> str:
    lines = sight.lines()
    return f"It reads “{chr(10).join(lines)}”." if lines else NO_TEXT


def _any(question: Question, sight: Sight) -> str:
    found = _asked(question, sight)
    if not found:
        return f"No, I see {_no(question)}."
    yes = "Yes" if question.fits(len(found)) else "No"
    return f"{yes}, {stated(found)}{_apart(question)}."


def _is(question: Question, sight: Sight) -> str:
    """What is asked is the main thing, so that the answer tells what else it is."""
    if _asked(question, sight):
        return _any(question, sight)
    if (guess := sight.kind_of(None)).score >= SURE:
        return f"No, it looks like {with_article(guess.word)}."
    things = sight.things()
    return f"No, I see {stated(things) if things else _no(question)}."


def _count(question: Question, sight: Sight) -> str:
    found = _asked(question, sight)
    if not found:
        return f"I see {_no(question, many=True)}." if question.noun else NOTHING
    if len(tally(found)) > 1:
        return sentence(f"{number(len(found))}: {stated(found)}")
    label = found[0].label
    exact = f"one {label}" if len(found) == 1 else counted(label, len(found))
    probably = "probably " if found[0].guessed else ""
    return sentence(probably + exact + _apart(question))


def _where(question: Question, sight: Sight) -> str:
    found = _asked(question, sight)
    if not found:
        return f"I see {_no(question)}."
    if len(found) == 1:
        return f"The {found[0].label} is {place(found[0])}."
    places = Counter(place(one) for one in found)
    if len(places) == 1:
        return sentence(
            f"{stated(found)}, {'both' if len(found) == 2 else 'all'} {place(found[0])}"
        )
    parts = [f"{number(count)} {where}" for where, count in places.items()]
    return sentence(f"{stated(found)}: {listed(parts)}")


def _beside(question: Question, sight: Sight) -> str:
    found, things = _asked(question, sight), sight.things()
    if not found:
        return f"I see {_no(question)}."
    it = found[0]
    side, test = _direction(question.side)
    there = [one for one in things if one is not it and test(one, it)]
    if not there:
        return f"I see nothing that I know {side} the {it.label}."
    return sentence(f"{stated(there)} {'is' if len(there) == 1 else 'are'} {side} the {it.label}")


def _on(question: Question, sight: Sight) -> str:
    """What stands on a table or sits on a couch: its lowest edge is within the thing's height."""
    found = _asked(question, sight)
    if not found:
        return f"I see {_no(question)}."
    it = found[0]
    left, top, right, bottom = it.box
    there = [
        one
        for one in sight.things()
        if one is not it
        and one.area < it.area
        and left <= one.middle[0] <= right
        and top <= one.box[3] <= bottom
    ]
    if not there:
        return f"I see nothing that I know on the {it.label}."
    return sentence(f"{stated(there)} {'is' if len(there) == 1 else 'are'} on the {it.label}")


def _direction(word: str) -> tuple[str, Callable[[Thing, Thing], bool]]:
    """The words for a side, and whether a thing is on that side of another."""
    if word == "left":
        return "to the left of", lambda one, it: one.middle[0] < _within(it, 0)
    if word == "right":
        return "to the right of", lambda one, it: one.middle[0] > _within(it, 1)
    if word in ("above", "over", "on top"):
        return "above", lambda one, it: one.middle[1] < it.box[1]
    if word in ("below", "under", "underneath", "beneath"):
        return "below", lambda one, it: one.middle[1] > it.box[3]
    return "beside", lambda one, it: _gap(one, it) < (it.box[2] - it.box[0])


def _within(it: Thing, last: int) -> float:
    """A quarter of the thing's width from its left or right side."""
    left, _, right, _ = it.box
    return right - (right - left) / 4 if last else left + (right - left) / 4


def _gap(one: Thing, it: Thing) -> float:
    """How far apart two things are across."""
    return max(one.box[0] - it.box[2], it.box[0] - one.box[2], 0.0)


def _part(question: Question, sight: Sight) -> str:
    sides = [PARTS[word] for word in question.side.split() if word in PARTS]
    if sides:
        there = [
            one
            for one in sight.things()
            if all((one.middle[axis] - 0.5) * sign > 0.08 for axis, sign in sides)
        ]
    else:
        there = [one for one in sight.things() if place(one) == "in the middle"]
    return sentence(stated(there)) if there else "Nothing that I know is there."


def _largest(question: Question, sight: Sight) -> str:
    found = _asked(question, sight)
    if not found:
        return f"I see {_no(question)}." if question.noun else NOTHING
    small = question.side == "smallest"
    one = sorted(found, key=lambda thing: thing.area)[0 if small else -1]
    return sentence(f"the {'smallest' if small else 'largest'} is the {one.label} {place(one)}")


def _kind(question: Question, sight: Sight) -> str:
    labels = question.labels & KINDS_IN_IMAGENET.keys()
    if question.noun in GROUPS:
        return _what(question, sight)
    label = next(iter(labels), None)
    if (question.labels or question.kind) and not _asked(question, sight):
        return f"I see {_no(question)}."
    guess = sight.kind_of(label)
    if guess.score < SURE:
        return "I cannot tell of which kind."
    also = f" or {with_article(guess.also)}" if guess.also else ""
    return f"It looks like {with_article(guess.word)}{also}."


def _what(question: Question, sight: Sight) -> str:
    found = _asked(question, sight)
    if found:
        return sentence(stated(found, kinds_of(found, sight) if question.noun else {}))
    if question.noun:
        return f"I see {_no(question, many=True)}."
    guess = sight.kind_of(None)
    return f"Probably {with_article(guess.word)}." if guess.score >= SURE else NOTHING


ANSWERS: dict[str, Callable[[Question, Sight], str]] = {
    "text": _text,
    "is": _is,
    "any": _any,
    "count": _count,
    "where": _where,
    "beside": _beside,
    "on": _on,
    "part": _part,
    "largest": _largest,
    "kind": _kind,
    "what": _what,
}


def _asked(question: Question, sight: Sight) -> list[Thing]:
    """The things that the question is about; of those that the detector misses the classifier's."""
    labels = question.labels
    if not labels and not question.kind:
        return list(sight.things())
    found = [one for one in sight.things() if one.label in labels]
    if question.kind:
        found += sight.of_kind(question.kind)
    if not found:
        guess = sight.kind_of(None)
        known = any(guess.number in KINDS_IN_IMAGENET.get(label, ()) for label in labels)
        # The detector knows ten animals, the classifier hundreds.
        if guess.score >= SURE and (known or (labels == WORDS[ANIMAL] and guess.is_animal)):
            found.append(Thing(guess.word, guess.score, (0.0, 0.0, 1.0, 1.0), guessed=True))
    return found


def kinds_of(things: Sequence[Thing], sight: Sight) -> dict[str, str]:
    """Of which kind some of them are, for captions and for who asks "what animal"."""
    labels = {one.label for one in things if not one.guessed} & KINDS_IN_IMAGENET.keys()
    guesses = {label: sight.kind_of(label) for label in labels}
    return {
        label: one.word
        for label, one in guesses.items()
        if one.score >= SURE_UNASKED and label not in WORDS.get(one.word.lower(), ())
    }


def _no(question: Question, *, many: bool = False) -> str:
    """ "no dog", "no dogs", "nobody"."""
    if question.noun in NOBODY:
        return "nobody"
    singular = question.noun in SINGULARS or (
        question.kind and question.noun == question.kind.singular
    )
    return f"no {plural(question.noun) if many and singular else question.noun}"


def _apart(question: Question) -> str:
    """What the answer leaves open when it was asked about some people only."""
    if OF_PEOPLE.fullmatch(question.noun):
        return " (men, women or children: I cannot tell them apart)"
    return ""
