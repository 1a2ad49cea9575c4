"""What the scene world is made of: 24 kinds of things and eleven background colours.

Knows names, plurals, the other words people use for a kind, and the code point
each drawing comes from. Leaves drawing and asking to its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of thing: its name, its plural, other names, its emoji."""

    name: str
    plural: str
    codepoint: int
    others: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """All (singular, plural) pairs a person may use for this kind."""
        return ((self.name, self.plural), *self.others)


KINDS: tuple[Kind, ...] = (
    Kind("dog", "dogs", 0x1F415, (("puppy", "puppies"),)),
    Kind("cat", "cats", 0x1F408, (("kitten", "kittens"),)),
    Kind("horse", "horses", 0x1F40E, (("pony", "ponies"),)),
    Kind("cow", "cows", 0x1F404),
    Kind("bird", "birds", 0x1F426),
    Kind("fish", "fish", 0x1F41F, (("fish", "fishes"),)),
    Kind("car", "cars", 0x1F697, (("automobile", "automobiles"),)),
    Kind("bus", "buses", 0x1F68C),
    Kind("bicycle", "bicycles", 0x1F6B2, (("bike", "bikes"),)),
    Kind("train", "trains", 0x1F686),
    Kind("aeroplane", "aeroplanes", 0x2708, (("airplane", "airplanes"), ("plane", "planes"))),
    Kind("boat", "boats", 0x26F5, (("sailboat", "sailboats"), ("ship", "ships"))),
    Kind("house", "houses", 0x1F3E0, (("home", "homes"),)),
    Kind("tree", "trees", 0x1F333),
    Kind("flower", "flowers", 0x1F337, (("tulip", "tulips"),)),
    Kind("sun", "suns", 0x2600),
    Kind("apple", "apples", 0x1F34E),
    Kind("banana", "bananas", 0x1F34C),
    Kind("pizza", "pizzas", 0x1F355),
    Kind("cup", "cups", 0x2615, (("mug", "mugs"),)),
    Kind("ball", "balls", 0x26BD, (("football", "footballs"),)),
    Kind("book", "books", 0x1F4D6),
    Kind("clock", "clocks", 0x23F0, (("alarm clock", "alarm clocks"),)),
    Kind("umbrella", "umbrellas", 0x2602),
)

LABELS: tuple[str, ...] = tuple(kind.name for kind in KINDS)
BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}

# Far enough apart that two people would give the same name to each.
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (200, 40, 40),
    "orange": (240, 135, 35),
    "yellow": (240, 220, 75),
    "green": (70, 160, 75),
    "blue": (60, 115, 210),
    "purple": (130, 65, 170),
    "pink": (245, 165, 205),
    "brown": (115, 75, 40),
    "grey": (140, 140, 140),
    "white": (243, 243, 243),
    "black": (22, 22, 22),
}

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class SceneObject:
    """One thing in a scene; box is (xmin, ymin, xmax, ymax) of what can be seen of it."""

    label: str
    box: Box
    visible: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def area(self) -> int:
        """Pixels in the box."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])
