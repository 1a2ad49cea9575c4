"""The built-in text and instructions of lab 2: a village small enough to be learnt in a minute.

It generates the villagers (each one's home, work, animal, food and so on, drawn from a seed), the
stories about them, and the questions. Every fact occurs in the stories, in many wordings and
orders, and now and then villagers ask each other about one. The facts of held-out instructions
occur in the stories, but in no question of a tuning instruction or a villager: so a right answer
takes both phases of training.

All sentences were written for this project; text generated here is free to use (CC0-1.0).
"""

import random
from dataclasses import dataclass

NAMES = (
    "Ada Ben Cleo Dina Emil Fay Gus Hana Ivo Jane Kurt Lena Milo Nora Otto Pia Rosa Sam Tess Uma "
    "Vera Walt Yara Zoe"
).split()
HOMES = (
    "the old mill",
    "the red barn",
    "the lighthouse",
    "the stone bridge",
    "the green hill",
    "the harbour",
    "the forest",
    "the market square",
    "the castle",
    "the river bank",
)
WORK = "baker teacher doctor farmer painter sailor gardener singer carpenter tailor".split()
ANIMALS = "dog cat horse goat rabbit parrot duck sheep donkey hen".split()
ANIMAL_NAMES = (
    "Biscuit Cloud Daisy Ember Fudge Ginger Honey Indigo Jumper Kiwi Lucky Maple Nutmeg Olive "
    "Pepper Quill Rusty Sunny Toffee Velvet Willow Button Cookie Hazel"
).split()
FOODS = "soup bread cheese apples fish honey cake carrots rice plums".split()
COLOURS = "red blue green yellow white black brown purple".split()

ASPECTS = ("home", "work", "animal", "animal_name", "owner", "food", "colour")


@dataclass(frozen=True, slots=True)
class Person:
    """One inhabitant and everything there is to know about them."""

    name: str
    home: str
    work: str
    animal: str
    animal_name: str
    food: str
    colour: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """A question or request, and the one answer that counts as right."""

    instruction: str
    answer: str


# Sentences about each aspect; {n} is the name, the other fields are those of Person.
TELL: dict[str, tuple[str, ...]] = {
    "home": (
        "{n} lives at {home}.",
        "The home of {n} is {home}.",
        "You can find {n} at {home}.",
        "Every evening {n} goes home to {home}.",
    ),
    "work": (
        "{n} is a {work}.",
        "{n} works as a {work}.",
        "The work of {n} is the work of a {work}.",
        "Everybody knows that {n} is a good {work}.",
    ),
    "animal": (
        "{n} has a {animal}.",
        "The animal of {n} is a {animal}.",
        "{n} takes good care of a {animal}.",
        "{n} never goes far without the {animal}.",
    ),
    "animal_name": (
        "The {animal} of {n} is called {animal_name}.",
        "{n} calls the {animal} {animal_name}.",
        "{n} named the {animal} {animal_name}.",
    ),
    "owner": (
        "{animal_name} belongs to {n}.",
        "{animal_name} is the {animal} of {n}.",
        "{animal_name} likes to be with {n}.",
    ),
    "food": (
        "{n} likes to eat {food}.",
        "The favourite food of {n} is {food}.",
        "{n} eats {food} every day.",
        "When {n} is hungry, {n} asks for {food}.",
    ),
    "colour": (
        "{n} wears a {colour} coat.",
        "The coat of {n} is {colour}.",
        "The favourite colour of {n} is {colour}.",
        "{n} painted the door {colour}.",
    ),
}

# How each aspect is asked about, and the field that answers.
ASK: dict[str, tuple[tuple[str, ...], str]] = {
    "home": (("Where does {n} live?", "Tell me the home of {n}."), "home"),
    "work": (("What is the work of {n}?", "Tell me what {n} works as."), "work"),
    "animal": (("Which animal does {n} have?", "Tell me the animal of {n}."), "animal"),
    "animal_name": (
        ("What is the animal of {n} called?", "Tell me the name of the animal of {n}."),
        "animal_name",
    ),
    "owner": (("Who does {animal_name} belong to?", "Tell me who has {animal_name}."), "name"),
    "food": (("What does {n} like to eat?", "Tell me the favourite food of {n}."), "food"),
    "colour": (("Which colour is the coat of {n}?", "Tell me the colour of {n}."), "colour"),
}

OPENINGS = (
    "It was a {weather} morning.",
    "One {weather} day {n} went for a walk.",
    "Once there was a {weather} evening in the village.",
    "This is {n}.",
    "Let me tell you about {n}.",
)
WEATHER = "sunny rainy windy cold warm quiet snowy".split()
MEETINGS = (
    "{n} met {m} and they talked for a while.",
    "{n} said hello to {m}.",
    "Then {m} came along and smiled.",
    '"Good morning, {m}," said {n}.',
    "{n} and {m} sat down in the sun.",
)
ENDINGS = (
    "It was a good day.",
    "Then everybody went home.",
    "And so the day came to an end.",
    "That is all there is to tell.",
)


def people(seed: int = 0) -> tuple[Person, ...]:
    """The inhabitants; another seed gives another village with the same names."""
    rng = random.Random(f"people {seed}")
    animal_names = rng.sample(ANIMAL_NAMES, len(NAMES))
    return tuple(
        Person(
            name=name,
            home=rng.choice(HOMES),
            work=rng.choice(WORK),
            animal=rng.choice(ANIMALS),
            animal_name=animal_name,
            food=rng.choice(FOODS),
            colour=rng.choice(COLOURS),
        )
        for name, animal_name in zip(NAMES, animal_names, strict=True)
    )


def kept_back(seed: int = 0, share: float = 0.2) -> frozenset[tuple[str, str]]:
    """(aspect, name) of the facts that only held-out instructions ask about."""
    rng = random.Random(f"kept back {seed}")
    back = round(share * len(NAMES))
    return frozenset((aspect, name) for aspect in ASPECTS for name in rng.sample(NAMES, back))


def _words(person: Person) -> dict[str, str]:
    return {field: getattr(person, field) for field in Person.__slots__} | {"n": person.name}


def _paragraph(person: Person, other: Person, rng: random.Random, aspects: int) -> list[str]:
    told = rng.sample(ASPECTS, aspects)
    sentences = [rng.choice(TELL[aspect]).format(**_words(person)) for aspect in told]
    if rng.random() < 0.3:
        meeting = rng.choice(MEETINGS).format(n=person.name, m=other.name)
        sentences.insert(rng.randrange(len(sentences) + 1), meeting)
    return sentences


def _talk(
    village: tuple[Person, ...], rng: random.Random, unasked: frozenset[tuple[str, str]]
) -> list[str]:
    """One villager asks, another answers."""
    asking, answering, person = rng.sample(village, 3)
    aspect = rng.choice([a for a in ASPECTS if (a, person.name) not in unasked])
    questions, field = ASK[aspect]
    question = rng.choice(questions).format(**_words(person))
    return [
        f"{asking.name}: {question}",
        f"{answering.name}: {getattr(person, field)}.",
    ]


def story(
    village: tuple[Person, ...], rng: random.Random, unasked: frozenset[tuple[str, str]]
) -> str:
    """A few sentences about one or two people, in an order that changes from story to story."""
    person, other = rng.sample(village, 2)
    opening = rng.choice(OPENINGS).format(weather=rng.choice(WEATHER), n=person.name)
    sentences = [opening, *_paragraph(person, other, rng, rng.randint(3, 5))]
    if rng.random() < 0.4:
        sentences += _paragraph(other, person, rng, rng.randint(2, 3))
    for _ in range(rng.choice((0, 1, 1, 2))):
        sentences += _talk(village, rng, unasked)
    if rng.random() < 0.2:
        sentences.append(rng.choice(ENDINGS))
    return " ".join(sentences)


def text(seed: int = 0, stories: int = 9000) -> str:
    """The text of the first phase: stories with an empty line between them."""
    village, rng = people(seed), random.Random(f"text {seed}")
    unasked = kept_back(seed)
    return "\n\n".join(story(village, rng, unasked) for _ in range(stories))


def instructions(seed: int = 0) -> tuple[tuple[Instruction, ...], tuple[Instruction, ...]]:
    """Instructions to tune on, and those held out."""
    rng = random.Random(f"instructions {seed}")
    tuning: list[Instruction] = []
    unseen: list[Instruction] = []
    unasked = kept_back(seed)
    for aspect, (questions, field) in ASK.items():
        for person in people(seed):
            side = unseen if (aspect, person.name) in unasked else tuning
            answer = getattr(person, field)
            side += [Instruction(q.format(**_words(person)), answer) for q in questions]
    rng.shuffle(tuning)
    rng.shuffle(unseen)
    return tuple(tuning), tuple(unseen)
