"""Words about a scene: its caption, and questions with their answers.

Each kind of question is put in several ways, in the words a person would type.
Lists name each kind once, in the order of KINDS, so that one answer is right.
A question is left out when its answer would hang on a few pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

from pipelines.scenes.kinds import BY_NAME, KINDS, LABELS, SceneObject

Asked = tuple[str, str, str]  # kind of question, question, answer

NUMBERS = ("no", "one", "two", "three", "four", "five", "six")

WHAT = (
    "What is there?",
    "What is in the {picture}?",
    "What's in this {picture}?",
    "What do you see?",
    "What can you see{here}?",
    "What can be seen{here}?",
    "Which things are{here_there}?",
    "What objects are{here_there}?",
    "What things are{here_there}?",
    "Which objects can you see{here}?",
    "What does the {picture} show?",
    "What is shown{here}?",
    "Name the objects{here}.",
    "List the things{here}.",
    "List everything you see{here}.",
    "Tell me what you see.",
)
HOW_MANY = (
    "How many {plural} are{here_there}?",
    "How many {plural} do you see{here}?",
    "How many {plural} can you see{here}?",
    "How many {plural} are in the {picture}?",
    "How many {plural}?",
    "Count the {plural}{here}.",
    "What is the number of {plural}{here}?",
    "Number of {plural}?",
    "How many {plural} does the {picture} have?",
)
IS_THERE = (
    "Is there {a} {singular}{here}?",
    "Is there {a} {singular}?",
    "Are there any {plural}{here}?",
    "Are there {plural}{here}?",
    "Do you see {a} {singular}{here}?",
    "Can you see {a} {singular}{here}?",
    "Can you see any {plural}{here}?",
    "Does the {picture} have {a} {singular}?",
    "Does the {picture} show {a} {singular}?",
    "Is {a} {singular} in the {picture}?",
    "Any {plural}{here}?",
)
SIDES = {
    "left": ("left of", "to the left of", "on the left of", "on the left side of"),
    "right": ("right of", "to the right of", "on the right of", "on the right side of"),
    "above": ("above", "over", "higher than"),
    "below": ("below", "under", "beneath", "underneath", "lower than"),
}
RELATION = (
    "What is {side} the {singular}{here}?",
    "What is {side} the {singular}?",
    "What's {side} the {singular}?",
    "What do you see {side} the {singular}?",
    "What can you see {side} the {singular}?",
    "Which things are {side} the {singular}?",
    "Which objects are {side} the {singular}?",
    "What objects are {side} the {singular}?",
    "Name what is {side} the {singular}.",
)
LARGEST = (
    "Which is the {largest}?",
    "Which one is the {largest}?",
    "What is the {largest} {object}{here}?",
    "What's the {largest} {object}?",
    "Which {object} is the {largest}?",
    "Which {object} is {largest}{here}?",
    "What is the {largest}{here}?",
    "Which {object} looks the {largest}?",
    "Name the {largest} {object}.",
)
COLOUR = (
    "What {colour} is the background?",
    "What is the {colour} of the background?",
    "What is the background {colour}?",
    "What's the background {colour}?",
    "Which {colour} is the background?",
    "Which {colour} does the background have?",
    "What {colour} does the background have?",
    "What is the {colour} behind the things?",
    "Background {colour}?",
    "Tell me the {colour} of the background.",
)


def fill(rng: Random, templates: tuple[str, ...], **slots: str) -> str:
    """One of the templates, its slots filled in one of several ways."""
    picture = rng.choice(("picture", "picture", "image", "scene", "photo", "drawing"))
    here = rng.choice(("", "", " here", f" in the {picture}", f" in this {picture}", " there"))
    slots |= {
        "picture": picture,
        "here": here,
        "here_there": here or " there",
        "object": rng.choice(("object", "thing", "item", "one")),
        "largest": rng.choice(("largest", "biggest")),
        "colour": rng.choice(("colour", "color")),
    }
    return rng.choice(templates).format(**slots)


def _names(rng: Random, label: str) -> dict[str, str]:
    """Mostly the kind's own name, sometimes another word for it."""
    words = BY_NAME[label].words
    singular, plural = words[0] if rng.random() < 0.6 else rng.choice(words)
    return {"singular": singular, "plural": plural, "a": _article(singular)}


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def join(parts: list[str]) -> str:
    """Put a list into words: "dog", "dog and cat", "dog, cat and bus", "nothing"."""
    if len(parts) < 2:
        return parts[0] if parts else "nothing"
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def name_kinds(objects: Iterable[SceneObject]) -> str:
    """Name each kind once, in the order of KINDS."""
    seen = {thing.label for thing in objects}
    return join([label for label in LABELS if label in seen])


def describe(objects: list[SceneObject], background: str) -> str:
    """Say what is on the picture: "A dog and two cats on a blue background."."""
    counts = Counter(thing.label for thing in objects)
    parts = [
        f"{_article(kind.name)} {kind.name}"
        if counts[kind.name] == 1
        else f"{NUMBERS[counts[kind.name]]} {kind.plural}"
        for kind in KINDS
        if counts[kind.name]
    ]
    text = f"{join(parts)} on {_article(background)} {background} background."
    return text[0].upper() + text[1:]


def ask(
    rng: Random, objects: list[SceneObject], hidden: set[str], background: str, size: int
) -> list[Asked]:
    """Ask about the objects; kinds of which one is hidden are not asked about by name."""
    counts = Counter(thing.label for thing in objects)
    present = [label for label in counts if label not in hidden]
    absent = [label for label in LABELS if label not in counts and label not in hidden]
    asked: list[Asked] = [("what", fill(rng, WHAT), name_kinds(objects))]
    word = rng.choice(("objects", "things", "items"))
    asked.append(("count-all", fill(rng, HOW_MANY, plural=word), str(len(objects))))
    for label in (*rng.sample(present, min(2, len(present))), rng.choice(absent)):
        names = _names(rng, label)
        asked.append(("count-kind", fill(rng, HOW_MANY, **names), str(counts[label])))
    for label, answer in ((rng.choice(present or absent), present), (rng.choice(absent), [])):
        names = _names(rng, label)
        asked.append(("is-there", fill(rng, IS_THERE, **names), "yes" if answer else "no"))
    asked += _relations(rng, objects, hidden, size)
    by_area = sorted(objects, key=lambda thing: thing.area, reverse=True)
    rivals = [thing for thing in by_area if thing.label != by_area[0].label]
    if not rivals or by_area[0].area >= 1.2 * rivals[0].area:
        asked.append(("largest", fill(rng, LARGEST), by_area[0].label))
    asked.append(("colour", fill(rng, COLOUR), background))
    return asked


def _relations(rng: Random, objects: list[SceneObject], hidden: set[str], size: int) -> list[Asked]:
    """What is on each side of a thing that is the only one of its kind."""
    counts = Counter(thing.label for thing in objects)
    single = [o for o in objects if counts[o.label] == 1 and o.label not in hidden]
    asked: list[Asked] = []
    if len(objects) < 2 or not single:
        return asked
    for side, phrases in SIDES.items():
        thing = rng.choice(single)
        axis = 0 if side in ("left", "right") else 1
        sign = -1 if side in ("left", "above") else 1
        offsets = [
            (other, sign * (other.centre[axis] - thing.centre[axis]))
            for other in objects
            if other is not thing
        ]
        if any(abs(offset) < size * 14 / 256 for _, offset in offsets):
            continue
        question = fill(rng, RELATION, side=rng.choice(phrases), **_names(rng, thing.label))
        answer = name_kinds(other for other, offset in offsets if offset > 0)
        asked.append((side, question, answer))
    return asked
