"""Questions as people phrase them, and their answers about a made-up photograph."""

from collections.abc import Sequence

import pytest

from pipelines.engines.photo.answers import NO_TEXT, answer
from pipelines.engines.photo.imagenet import Noun
from pipelines.engines.photo.questions import parse
from pipelines.engines.photo.sight import Guess, Thing

THINGS = [
    Thing("bus", 0.95, (0.3, 0.2, 0.9, 0.8)),
    Thing("person", 0.9, (0.0, 0.5, 0.1, 0.9)),
    Thing("person", 0.8, (0.12, 0.5, 0.2, 0.9)),
    Thing("dog", 0.7, (0.4, 0.85, 0.5, 0.95)),
]


class Street:
    """A photograph of a street."""

    def __init__(
        self, found: Sequence[Thing] = THINGS, read: Sequence[str] = ("Cero", "emisiones")
    ):
        self.found, self.read = found, read

    def things(self) -> Sequence[Thing]:
        return self.found

    def lines(self) -> Sequence[str]:
        return self.read

    def kind_of(self, label: str | None) -> Guess:
        return Guess("Samoyed", 0.9) if label == "dog" else Guess("trolleybus", 0.2)

    def of_kind(self, kind: Noun) -> Sequence[Thing]:
        return []


UNTOLD = " (men, women or children: I cannot tell them apart)"
NOTHING_ELSE = "Nothing else that I know."


def asked(question: str, street: Street | None = None) -> str | None:
    found = parse(question)
    return answer(found, street or Street()) if found else "not understood"


class Savanna(Street):
    """A photograph of an animal that the detector does not know."""

    def __init__(self, guess: Guess) -> None:
        super().__init__(found=[], read=[])
        self.guess = guess

    def kind_of(self, label: str | None) -> Guess:
        return self.guess

    def of_kind(self, kind: Noun) -> Sequence[Thing]:
        seen = self.guess.number in kind.classes
        return [Thing(self.guess.word, 0.9, (0, 0, 1, 1), guessed=True)] if seen else []


@pytest.mark.parametrize("question", ["What animal is this?", "what kind of animal is it"])
def test_an_animal_that_only_the_classifier_knows_is_named(question: str) -> None:
    assert asked(question, Savanna(Guess("lion", 0.9, 291))) == "Probably a lion."
    assert asked(question, Savanna(Guess("tractor", 0.9, 866))) == "I see no animals."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Is it a lion?", "Yes, probably a lion."),
        ("Are there any lions?", "Yes, probably a lion."),
        ("Is it a lion or a tiger?", "Yes, probably a lion."),
        ("How many lions are there?", "Probably one lion."),
        ("Where is the lion?", "The lion is in the middle."),
        ("Is there an animal?", "Yes, probably a lion."),
        ("Is it a wolf?", "No, it looks like a lion."),
        ("Is it a dog?", "No, it looks like a lion."),
        ("Is there a wolf?", "No, I see no wolf."),
        ("How many wolves are there?", "I see no wolves."),
        ("Is it a guitar?", None),
        ("Is there a hat?", None),
        ("Are there snakes, fish or monkeys?", "No, I see no snakes or fish or monkeys."),
        ("Is it a chicken?", "No, it looks like a lion."),
        ("Is it lion?", "not understood"),
        ("Is it orange?", "not understood"),
    ],
)
def test_kinds_that_only_the_classifier_knows_are_asked_for(
    question: str, said: str | None
) -> None:
    assert asked(question, Savanna(Guess("lion", 0.9, 291))) == said


def test_what_may_be_either_is_said_so() -> None:
    lion = Savanna(Guess("lion", 0.5, 291, "cougar"))
    assert asked("What kind of animal is it?", lion) == "Probably a lion."
    assert asked("What kind is it?", lion) == "It looks like a lion or a cougar."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What is there?", "A bus, two people and a dog."),
        ("what do you see in this picture", "A bus, two people and a dog."),
        ("What's in the photo?", "A bus, two people and a dog."),
        ("Please describe the image.", "A bus, two people and a dog."),
        ("Can you tell me what is in the image?", "A bus, two people and a dog."),
        ("Which animals can you see?", "A dog (probably a Samoyed)."),
        ("What vehicles are there?", "A bus."),
        ("Who is there?", "Two people."),
        ("How many dogs are there?", "One dog."),
        ("How many people do you see?", "Two people."),
        ("Count the people, please.", "Two people."),
        ("Could you count the people?", "Two people."),
        ("How many animals are in the picture?", "One dog."),
        ("How many things are there?", "Four: a bus, two people and a dog."),
        ("How many bikes are there?", "I see no bikes."),
        ("Is there a dog?", "Yes, a dog."),
        ("Are there any people in the street?", "Yes, two people."),
        ("Do you see a pedestrian?", "Yes, two people."),
        ("Is there a TV?", "No, I see no tv."),
        ("Is there an automobile on the road?", "No, I see no automobile."),
        ("Are there three people?", "No, two people."),
        ("Are there more than two people?", "No, two people."),
        ("Are there at least two people?", "Yes, two people."),
        ("Is there a cat or a dog?", "Yes, a dog."),
        ("Is this a cat?", "No, I see a bus, two people and a dog."),
        ("Where is the biggest animal?", "The largest is the dog at the bottom."),
        ("Is this a bus?", "Yes, a bus."),
        ("Does the picture show a vehicle?", "Yes, a bus."),
        ("Where is the bus?", "The bus is in the middle."),
        ("Where are the people?", "Two people, both on the left."),
        ("Where is the cat?", "I see no cat."),
        ("What is to the left of the bus?", "Two people are to the left of the bus."),
        ("What is left of the bus?", "Two people are to the left of the bus."),
        ("What is below the bus?", "A dog is below the bus."),
        ("What is on the right?", "A bus."),
        ("What is the largest thing?", "The largest is the bus in the middle."),
        ("Which animal is the biggest?", "The largest is the dog at the bottom."),
        ("What kind of dog is it?", "It looks like a Samoyed."),
        ("Which breed is the dog?", "It looks like a Samoyed."),
        ("What kind of cat is it?", "I see no cat."),
        ("What kind of bus is that?", "I cannot tell of which kind."),
        ("What does it say?", "It reads “Cero\nemisiones”."),
        ("Can you read the text?", "It reads “Cero\nemisiones”."),
        ("What is written on the bus?", "It reads “Cero\nemisiones”."),
        # As people type them
        ("What am I looking at?", "A bus, two people and a dog."),
        ("whats going on here", "A bus, two people and a dog."),
        ("Describe the image in detail", "A bus, two people and a dog."),
        ("Tell me about this picture", "A bus, two people and a dog."),
        ("List everything you see", "A bus, two people and a dog."),
        ("how many ppl r there", "Two people."),
        ("number of people?", "Two people."),
        (
            "Hey, could you please tell me how many dogs there are in this photo? Thanks!",
            "One dog.",
        ),
        ("How many dogs and people are there?", "One dog. Two people."),
        ("dog?", "Yes, a dog."),
        ("I was wondering whether there is a cat in it", "No, I see no cat."),
        ("Is there only one person?", "No, two people."),
        ("Is it a photo of a bus?", "Yes, a bus."),
        ("Where are the people standing?", "Two people, both on the left."),
        ("What's in the bottom left corner?", "Two people."),
        ("What is on the bus?", "I see nothing that I know on the bus."),
        # Several at once, negated, misspelt
        ("Is there a dog and a cat?", "Yes, a dog. No, I see no cat."),
        ("Is there a dog? And a cat?", "Yes, a dog. No, I see no cat."),
        ("How many dogs, cats and people are there?", "One dog. I see no cats. Two people."),
        ("How many people and how many dogs are there?", "Two people. One dog."),
        ("Do you see cats, dogs or horses?", "Yes, a dog."),
        ("Does it show a guy with a dog?", f"Yes, two people{UNTOLD}. Yes, a dog."),
        ("Is there no dog?", "I see a dog."),
        ("Is there neither a cat nor a horse?", "I see no cat or horse."),
        ("Isn't there a cat?", "No, I see no cat."),
        ("There aren't any cats here, are there?", "No, I see no cats."),
        ("I see two people - is that right?", "Yes, two people."),
        ("How many pepole?", "Two people."),
        ("Any motorcyles?", "No, I see no motorcycles."),
        ("Is there a telly or a pooch?", "Yes, a dog."),
        ("Describe the picture for a blind person", "A bus, two people and a dog."),
        ("I'd like to know the number of dogs.", "One dog."),
        ("Do any animals appear in the photo?", "Yes, a dog."),
        ("Is the animal a dog?", "Yes, a dog."),
        ("Anything else besides the bus and the people?", "A dog."),
        ("What else is there apart from animals, people and vehicles?", NOTHING_ELSE),
        # In other words
        ("Whereabouts is the bus?", "The bus is in the middle."),
        ("Is nobody there?", "I see two people."),
        ("Give me a list of all objects", "A bus, two people and a dog."),
        ("Have you found any cats?", "No, I see no cats."),
        ("I think there are three people. Is that correct?", "No, two people."),
        ("Are we looking at a bus?", "Yes, a bus."),
        ("Tell me if you can see a truck or a bus", "Yes, a bus."),
        # Where
        ("Is there a dog on the left?", "No, I see no dog there."),
        ("How many people are on the left side of the picture?", "Two people."),
        ("Which animal is at the bottom?", "A dog (probably a Samoyed)."),
        ("Is the dog below the bus?", "Yes, a dog is below the bus."),
        ("Is the dog left of the bus?", "Yes, a dog is to the left of the bus."),
        ("Is the dog right of the bus?", "No, a dog is not to the right of the bus."),
        ("Is the dog left of the cat?", "I see no cat, but a dog."),
        ("Is the cat left of the bus?", "No, I see no cat."),
        ("Is anybody in the bus?", "No, I see nobody there."),
        ("Is there a dog on the table?", "Yes, a dog."),
        ("Who is in the bus?", "I see nothing that I know in the bus."),
        ("What is the dog next to?", "A bus is beside the dog."),
        # What is written
        ("Does the bus say emisiones?", "Yes, it reads “Cero\nemisiones”."),
        ("Does the sign say STOP?", "No, it reads “Cero\nemisiones”."),
        ("Does it say where the bus goes?", "It reads “Cero\nemisiones”."),
        ("What's on the sign?", "It reads “Cero\nemisiones”."),
        ("Who is on the bus in the picture?", "I see nothing that I know on the bus."),
    ],
)
def test_a_question_is_answered(question: str, said: str) -> None:
    assert asked(question) == said


@pytest.mark.parametrize(
    "question",
    [
        "Why is the dog sad?",
        "Is there a red bus?",
        "Is the man happy?",
        "What colour is the bus?",
        "What is the man doing?",
        "Is there a tree?",
        "How old is she?",
        "Write a poem about the bus.",
        "In what language is the text?",
        "What is behind the bus?",
        "Is there a dog in the background?",
        "How many things are on the bus?",
        "What is left of the bus and the dog?",
        "How many people with a dog are there?",
        "Which animals are not dogs?",
        "Is there a house?",
        "Is there a dog, and why is it sad?",
        "Is it raining? Is there a dog?",
        "Y a-t-il un chien ?",
        "",
        "?!",
        "What is there? " * 200,
        "is there a " * 30,
        f"Are there more than {'9' * 5000} dogs?",
    ],
)
def test_a_question_that_is_not_understood_as_a_whole_is_none(question: str) -> None:
    assert parse(question) == []


def test_what_stands_on_a_table_is_not_the_table() -> None:
    table = Thing("dining table", 0.9, (0.1, 0.5, 0.9, 1.0))
    cup, lamp = Thing("cup", 0.8, (0.4, 0.4, 0.5, 0.6)), Thing("clock", 0.8, (0.4, 0.0, 0.5, 0.2))
    assert asked("What's on the table?", Street([table, cup, lamp], [])) == (
        "A cup is on the dining table."
    )


def test_men_and_women_are_people_and_it_says_that_it_cannot_tell() -> None:
    assert asked("How many women are there?") == (
        "Two people (men, women or children: I cannot tell them apart)."
    )


def test_an_empty_picture_has_nothing() -> None:
    empty = Street([], [])
    assert asked("What is there?", empty) == "Nothing that I know."
    assert asked("What does it say?", empty) == NO_TEXT
    assert asked("Is anybody there?", empty) == "No, I see nobody."
    assert asked("What is the largest thing?", empty) == "Nothing that I know."
