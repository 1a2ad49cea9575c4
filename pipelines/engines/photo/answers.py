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
    "household things), asked in English: what there is, how many, where, what is left or right of "
    "it, which is the largest, what kind it is, and what is written."
)
NO_TEXT = "There is no text that I can read."
SURE, SURE_UNASKED = 0.3, 0.5  # of a kind, so that it is named
OF_PEOPLE = re.compile(
    r"(?:wo)?m[ae]n|boys?|girls?|child(?:ren)?|kids?|bab(?:y|ies)|lad(?:y|ies)|guys?"
)
ANIMAL = "animal"
Test = Callable[[Thing, Thing], bool]  # whether a thing is on a side of another
NOBODY = {"anybody", "anyone", "somebody", "someone", "everybody", "everyone"}
SINGULARS = {word for word in WORDS if plural(word) in WORDS}
PARTS = {
    "left": (0, -1), "right": (0, 1), "top": (1, -1), "upper": (1, -1), "bottom": (1, 1),
    "lower": (1, 1),
}  # fmt: skip


def answer(questions: Sequence[Question], sight: Sight) -> str | None:
    """The answer, a sentence or two for each question; None if one of them cannot be told.

    It cannot where a thing is asked for that the detector does not know and the classifier does not
    see: that sees the main thing of a picture only. Animals the detector would see as some animal.
    """
    said = [_answer(one, sight) for one in questions]
    return " ".join(filter(None, said)) if said and all(said) else None


def _answer(question: Question, sight: Sight) -> str | None:
    for one in filter(None, (question, question.subject)):
        unknown = one.kind and not one.kind.classes <= set(ANIMALS)
        if unknown and not _asked(one, sight):
            return None
    return ANSWERS[question.asks](question, sight)


def _text(question: Question, sight: Sight) -> str:
    lines = sight.lines()
    return f"It reads “{chr(10).join(lines)}”." if lines else NO_TEXT


def _says(question: Question, sight: Sight) -> str:
    """Whether the words are there, of which the reader may have put others on the same line."""

    def letters(text: str) -> str:
        return "".join(filter(str.isalnum, text.casefold()))

    read = _text(question, sight)
    is_there = letters(question.words) in letters(" ".join(sight.lines()))
    return f"{'Yes, it' if is_there else 'No, it'}{read[2:]}" if sight.lines() else read


def _any(question: Question, sight: Sight) -> str:
    found = _asked(question, sight)
    if question.negated:  # neither "yes" nor "no" would be clear
        return sentence(f"I see {stated(found) if found else _no(question)}{_apart(question)}")
    if not found:
        return f"No, I see {_no(question)}."
    yes = "Yes" if question.fits(len(found)) else "No"
    return f"{yes}, {stated(found)}{_apart(question)}."


def _is(question: Question, sight: Sight) -> str:
    """What is asked is the main thing, so that the answer tells what else it is."""
    if _asked(question, sight) or question.negated:
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
    # "What is left of the car?" is not what stands before it; "Is the man left of the car?" may be.
    share = 1 / 2 if question.asks == "is beside" else 1 / 4
    return _related(question, sight, *_direction(question.side, share))


def _on(question: Question, sight: Sight) -> str:
    return _related(question, sight, question.side, AT[question.side])


def _related(question: Question, sight: Sight, side: str, test: Test) -> str:
    """What is on a side of a thing, or whether that is where something is."""
    found = _asked(question, sight)
    others = _asked(question.subject, sight) if question.subject else sight.things()
    if question.asks.startswith("is ") and not others and question.subject:
        return f"No, I see {_no(question.subject)}."
    if not found:
        seen = f", but {stated(others)}" if others else ""
        return f"I see {_no(question)}{seen}."
    it = found[0]
    there = [one for one in others if one is not it and test(one, it)]
    where = f"{side} the {it.label}"
    if question.asks.startswith("is "):
        said = there or others
        be = "are" if len(said) > 1 else "is"
        return f"{'Yes' if there else 'No'}, {stated(said)} {be}{'' if there else ' not'} {where}."
    if not there:
        return f"I see nothing that I know {where}."
    return sentence(f"{stated(there)} {'is' if len(there) == 1 else 'are'} {where}")


def _stands_on(one: Thing, it: Thing) -> bool:
    """Whether it stands on a table or sits on a couch: its lowest edge is within that's height."""
    return one.area < it.area and _covers(it, one.middle[0], one.box[3])


def _is_within(one: Thing, it: Thing) -> bool:
    return one.area < it.area and _covers(it, *one.middle)


def _covers(it: Thing, x: float, y: float) -> bool:
    left, top, right, bottom = it.box
    return left <= x <= right and top <= y <= bottom


AT: dict[str, Test] = {"on": _stands_on, "in": _is_within, "inside": _is_within}


def _else(question: Question, sight: Sight) -> str:
    asked = _asked(question, sight)
    others = [one for one in sight.things() if one not in asked]
    return sentence(stated(others)) if others else "Nothing else that I know."


def _direction(word: str, share: float) -> tuple[str, Test]:
    """The words for a side, and whether a thing is on that side of another."""
    if word == "left":
        return "to the left of", lambda one, it: one.middle[0] < _within(it, share)
    if word == "right":
        return "to the right of", lambda one, it: one.middle[0] > _within(it, 1 - share)
    if word in ("above", "over", "on top"):
        return "above", lambda one, it: one.middle[1] < it.box[1]
    if word in ("below", "under", "underneath", "beneath"):
        return "below", lambda one, it: one.middle[1] > it.box[3]
    return "beside", lambda one, it: _gap(one, it) < (it.box[2] - it.box[0])


def _within(it: Thing, share: float) -> float:
    """A share of the thing's width from its left side."""
    left, _, right, _ = it.box
    return left + (right - left) * share


def _gap(one: Thing, it: Thing) -> float:
    """How far apart two things are across."""
    return max(one.box[0] - it.box[2], it.box[0] - one.box[2], 0.0)


def _is_in(one: Thing, part: str) -> bool:
    """Whether it is in a part of the picture."""
    sides = [PARTS[word] for word in part.split() if word in PARTS]
    if not sides:
        return place(one) == "in the middle"
    return all((one.middle[axis] - 0.5) * sign > 0.08 for axis, sign in sides)


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
    if question.part:
        return "Nothing that I know is there."
    guess = sight.kind_of(None)
    return f"Probably {with_article(guess.word)}." if guess.score >= SURE else NOTHING


ANSWERS: dict[str, Callable[[Question, Sight], str]] = {
    "text": _text,
    "says": _says,
    "is": _is,
    "any": _any,
    "count": _count,
    "where": _where,
    "beside": _beside,
    "on": _on,
    "is on": _on,
    "is beside": _beside,
    "else": _else,
    "largest": _largest,
    "kind": _kind,
    "what": _what,
}


def _asked(question: Question, sight: Sight) -> list[Thing]:
    """The things that the question is about; of those that the detector misses the classifier's."""
    things = [one for one in sight.things() if not question.part or _is_in(one, question.part)]
    # What is on a table that is not seen may be any of the things.
    if question.at and (places := _asked(question.at, sight)):
        things = [one for one in things if any(AT[question.side](one, it) for it in places)]
    labels = question.labels
    if not labels and not question.kind:
        return things
    found = [one for one in things if one.label in labels]
    if question.kind:
        of_kind = sight.of_kind(question.kind)
        found += [one for one in of_kind if not question.part or _is_in(one, question.part)]
    if not found and not question.part and not question.at:
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
    there = " there" if question.part or question.at else ""
    if question.noun in NOBODY:
        return f"nobody{there}"
    singular = question.noun in SINGULARS or (
        question.kind and question.noun == question.kind.singular
    )
    return f"no {plural(question.noun) if many and singular else question.noun}{there}"


def _apart(question: Question) -> str:
    """What the answer leaves open when it was asked about some people only."""
    if OF_PEOPLE.fullmatch(question.noun):
        return " (men, women or children: I cannot tell them apart)"
    return ""
