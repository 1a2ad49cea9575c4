"""ImageNet's 1,000 classes as the nouns that people have for them.

    nouns()["lions"]    Noun("lion", {291})
    nouns()["owl"]      Noun("owl", {24}): the great grey owl

A class has several names; the last word of the first is a noun for it, too ("timber wolf": "wolf"),
unless it is the name of another class: a sea lion is no lion.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from pipelines.engines.photo.coco import plural
from pipelines.folders import ASSETS

FILE = ASSETS / "imagenet-1k-labels.txt"
ANIMALS = range(398)
# Nouns that are no class's name, or only a part of what they mean: first and last of their classes.
FAMILIES = {
    "fish": [(0, 6), (389, 397)],
    "shark": [(2, 4)],
    "chicken": [(7, 8)],
    "rooster": [(7, 7)],
    "frog": [(30, 32)],
    "turtle": [(33, 37)],
    "lizard": [(38, 48)],
    "snake": [(52, 68)],
    "spider": [(72, 77)],
    "parrot": [(87, 90)],
    "duck": [(97, 98)],
    "crab": [(118, 121)],
    "insect": [(300, 326)],
    "butterfly": [(321, 326)],
    "rabbit": [(330, 332)],
    "bunny": [(330, 332)],
    "ape": [(365, 368)],
    "monkey": [(369, 382)],
}
ADJECTIVES = {"gray", "grey", "hairless", "hot"}  # "African grey"


@dataclass(frozen=True)
class Noun:
    """A noun in the singular, and the classes that it may mean."""

    singular: str
    classes: frozenset[int]


@cache
def labels() -> tuple[str, ...]:
    """The names of each class, with commas between."""
    return tuple(FILE.read_text("utf-8").splitlines())


@cache
def nouns() -> dict[str, Noun]:
    """Every noun, in singular and plural."""
    named: dict[str, set[int]] = defaultdict(set)
    last_words: dict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(labels()):
        names = line.lower().split(", ")
        for name in names:
            named[name].add(number)
        last_words[names[0].rpartition(" ")[2]].add(number)
    for word, ranges in FAMILIES.items():
        named[word] |= {number for low, high in ranges for number in range(low, high + 1)}
    known = [
        Noun(word, frozenset(classes))
        for word, classes in {**last_words, **named}.items()
        if word not in ADJECTIVES
    ]
    return {plural(one.singular): one for one in known} | {one.singular: one for one in known}
