"""The photo describer on photographs: captions that keep to what is seen, and sixty questions."""

from typing import Any, cast

import pytest
from PIL import Image

from pipelines import Playground
from pipelines.engines.photo.answers import ONLY, answer
from pipelines.engines.photo.coco import KINDS_IN_IMAGENET, LABELS, WORDS
from pipelines.engines.photo.describer import LEAST, Describer, PhotoSight
from pipelines.engines.photo.exposure import lit
from pipelines.engines.photo.questions import parse
from pipelines.inputs import Picture
from starters.photo_describer import said_for_sure
from starters.photographs import labelled, questions
from starters.photographs import photograph as picture
from tests.engines.photo.conftest import photograph

JAGUAR = 290  # of ImageNet, and none of COCO's animals


def test_nine_of_ten_questions_are_answered_right(describer: Describer) -> None:
    asked = questions()
    assert len(asked) == 60
    sights = {one.name: PhotoSight(describer, picture(one.name)) for one in asked}
    wrong = []
    for one in asked:
        question = parse(one.question)
        said = answer(question, sights[one.name]) if question else None
        if not one.right(said or ONLY):
            wrong.append((one.name, one.question, said))
    assert len(wrong) <= 6, wrong


def test_a_caption_names_what_the_detector_finds_and_nothing_else(describer: Describer) -> None:
    named, found = 0, 0
    for one in labelled():
        caption = "".join(describer.caption(picture(one.name), max_new_tokens=64))
        labels = {thing["label"] for thing in describer.detector.detect(picture(one.name), LEAST)}
        said = said_for_sure(caption)
        assert said <= labels, (one.name, caption)
        found += len(labels)
        named += len(said)
    assert named >= 0.9 * found


@pytest.mark.parametrize(
    ("name", "caption", "question", "said"),
    [
        # Seen in a part of the picture only.
        ("wine", "Probably a bottle and a wine glass.", "Is there a bottle?", "Yes, a bottle."),
        # The detector takes one for a bird; it knows no jaguars.
        ("jaguars", "Probably a jaguar.", "Is it a lion?", "No, it looks like a jaguar."),
        (
            "panda",
            "A bear (probably a giant panda).",
            "Is it a panda?",
            "Yes, probably a giant panda.",
        ),
    ],
)
def test_captions_and_answers_agree(
    describer: Describer, name: str, caption: str, question: str, said: str
) -> None:
    assert "".join(describer.caption(picture(name), max_new_tokens=64)) == caption
    assert "".join(describer.answer(picture(name), question, max_new_tokens=64)) == said


class Finds:
    """A detector that finds one thing in the right half of a picture 300 wide."""

    parallel = 1

    def __init__(self, label: str) -> None:
        self.label = label

    def detect(self, image: Picture, threshold: float) -> list[dict[str, object]]:
        box = {"xmin": 150, "ymin": 0, "xmax": 300, "ymax": 300}
        return [{"label": self.label, "score": 0.9, "box": box}]


class Sees:
    """A classifier that is so sure of a kind in the box alone, and of a car in the whole."""

    def __init__(self, number: int, score: float) -> None:
        self.number, self.score = number, score
        self.labels = [f"kind {number}, another name" for number in range(1000)]

    def classify_image(self, image: Picture) -> list[tuple[str, float]]:
        number = self.number if image.width == 150 else 817
        return [(one, self.score * (n == number)) for n, one in enumerate(self.labels)]


@pytest.mark.parametrize(
    ("found", "number", "score", "label", "guessed"),
    [
        ("horse", KINDS_IN_IMAGENET["elephant"][0], 0.85, "elephant", False),
        ("horse", KINDS_IN_IMAGENET["elephant"][0], 0.75, "horse", False),
        ("horse", JAGUAR, 0.75, f"kind {JAGUAR}", True),
        ("horse", JAGUAR, 0.65, "horse", False),
        ("car", KINDS_IN_IMAGENET["elephant"][0], 0.85, "car", False),
    ],
)
def test_the_classifier_looks_again_at_what_is_taken_for_an_animal(
    found: str, number: int, score: float, label: str, guessed: bool
) -> None:
    model: Any = Describer(*cast(Any, (Finds(found), Sees(number, score), None)))
    [thing] = PhotoSight(model, Image.new("RGB", (300, 300))).whole
    assert (thing.label, thing.guessed) == (label, guessed)


def test_two_views_of_a_thing_are_one(describer: Describer) -> None:
    """The detector takes each of the Samoyeds for a cow and one for a dog, too."""
    image = Image.open(photograph("dogs"))
    assert "".join(describer.caption(image, max_new_tokens=64)).startswith("Two dogs")


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (900, 2), (6000, 4000)])
def test_every_size_is_described(describer: Describer, size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "grey")
    assert "".join(describer.caption(image, max_new_tokens=64)).endswith(".")
    assert "".join(describer.answer(image, "Is there a dog?", max_new_tokens=64)) == (
        "No, I see no dog."
    )
    assert "".join(describer.answer(image, "What does it say?", max_new_tokens=64)) == (
        "There is no text that I can read."
    )


@pytest.mark.parametrize("size", [(9000, 900), (800, 9000)])
def test_things_in_a_panorama_are_found_once(describer: Describer, size: tuple[int, int]) -> None:
    wide = Image.new("RGB", size, (120, 150, 110))
    photo = picture("decker").resize((600, 400))
    wide.paste(photo, (size[0] // 2 - 300, size[1] // 2 - 200))
    found = [one["label"] for one in describer.detector.detect(wide, LEAST)]
    assert found.count("bus") == 1


def test_a_nearly_black_photograph_is_seen(describer: Describer) -> None:
    photo = picture("cat")
    dark = photo.point(lambda value: value * 0.08)
    assert [one["label"] for one in describer.detector.detect(dark, LEAST)] == ["cat"]
    (label, score), *_ = sorted(describer.classifier.classify_image(dark), key=lambda one: -one[1])
    assert "cat" in label
    assert score > 0.3
    assert lit(photo) is photo
    black = Image.new("RGB", (64, 64), (3, 3, 3))
    assert lit(black) is black


def test_a_question_outside_offers_another_model(playground: Playground) -> None:
    asked: dict[str, object] = {"image": photograph("dogs")}
    for question in ("Why is the dog white?", "Is there a guitar?"):  # small ones may be missed
        asked["text"] = question
        refused = playground.run("image-text-to-text", asked, "photo-describer")
        assert refused.value["generated_text"].startswith("I can only answer about")
        assert refused.offer_recommended
    asked["text"] = "How many dogs are there?"
    answered = playground.run("image-text-to-text", asked, "photo-describer")
    assert answered.value == {"generated_text": "Two dogs."}
    assert not answered.offer_recommended


def test_memory_counts_all_parts(playground: Playground) -> None:
    entry = playground.catalogue["photo-describer"]
    facts = playground.run("image-to-text", {"image": photograph("cat")}, entry.name).facts
    assert facts
    assert facts.memory_bytes >= entry.memory_bytes
    assert entry.memory_bytes >= sum(playground.catalogue[n].memory_bytes for n in entry.parts)


def test_all_labels_can_be_asked_for() -> None:
    assert all(WORDS[label] == {label} for label in LABELS.values())
