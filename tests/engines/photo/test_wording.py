"""The describer's sentences, from made-up things."""

import pytest

from pipelines.engines.photo import imagenet
from pipelines.engines.photo.coco import KINDS_IN_IMAGENET, LABELS
from pipelines.engines.photo.sight import Thing
from pipelines.engines.photo.wording import caption, place

BOX = (0.4, 0.4, 0.6, 0.6)


def things(*labels: str) -> list[Thing]:
    return [Thing(label, 0.99 - number / 100, BOX) for number, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["person", "bus", "person"], "Two people and a bus."),
        (["bus", "person", "person"], "A bus and two people."),
        (["umbrella"], "An umbrella."),
        (["dog"] * 13, "13 dogs."),
        (["mouse", "mouse", "knife", "knife", "bench", "bench"],
         "Two mice, two knives and two benches."),
        (["sheep", "sheep", "wine glass", "wine glass"], "Two sheep and two wine glasses."),
        (["scissors", "broccoli", "broccoli", "skis", "skis"],
         "A pair of scissors, some broccoli and two pairs of skis."),
        ([], "Nothing that I know."),
    ],
)  # fmt: skip
def test_things_are_counted_in_plain_english(labels: list[str], said: str) -> None:
    assert caption(things(*labels), {}, "", []) == said


def test_the_surest_comes_first_whatever_the_order() -> None:
    found = [Thing("cup", 0.6, BOX), Thing("cat", 0.9, BOX), Thing("cup", 0.7, BOX)]
    assert caption(found, {}, "", []) == "A cat and two cups."


def test_text_is_quoted_and_a_long_one_is_cut() -> None:
    short = caption(things("bus"), {}, "", ["cero", "emisiones"])
    assert short == "A bus. The text reads “cero emisiones”."
    long = caption([], {}, "", ["one two three four five six seven", "eight nine ten eleven 12 13"])
    assert long == "The text reads “one two three four five six seven eight nine ten eleven 12 …”."


def test_the_classifiers_words_are_probable_only() -> None:
    assert (
        caption(things("dog", "dog"), {"dog": "Samoyed"}, "", []) == "Two dogs (probably Samoyeds)."
    )
    assert caption(things("cup"), {}, "espresso", []) == "A cup, and probably an espresso."
    assert caption([], {}, "pool table", []) == "Probably a pool table."


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (BOX, "in the middle"),
        ((0.0, 0.4, 0.2, 0.6), "on the left"),
        ((0.8, 0.0, 1.0, 0.2), "at the top right"),
        ((0.4, 0.8, 0.6, 1.0), "at the bottom"),
        ((0.0, 0.7, 1.0, 1.0), "at the bottom"),
        ((0.0, 0.0, 0.9, 0.9), "in the middle"),
    ],
)
def test_a_place_is_said_as_people_say_it(
    box: tuple[float, float, float, float], said: str
) -> None:
    assert place(Thing("cat", 0.9, box)) == said


def test_cocos_numbers_are_as_published() -> None:
    known = {1: "person", 3: "car", 6: "bus", 17: "cat", 18: "dog", 47: "cup", 51: "bowl"}
    known |= {67: "dining table", 90: "toothbrush", 13: "stop sign", 72: "tv", 84: "book"}
    assert {number: LABELS[number] for number in known} == known
    assert len(LABELS) == 80


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("dog", "Chihuahua", "Mexican hairless"),
        ("cat", "tabby", "Egyptian cat"),
        ("car", "ambulance", "sports car"),
        ("boat", "canoe", "yawl"),
        ("truck", "fire engine", "trailer truck"),
        ("train", "bullet train", "streetcar"),
        ("bottle", "beer bottle", "wine bottle"),
        ("bird", "cock", "pelican"),
        ("bear", "brown bear", "sloth bear"),
    ],
)
def test_kinds_are_named_where_imagenet_has_them(label: str, first: str, last: str) -> None:
    names = [line.split(",")[0] for line in imagenet.labels()]
    kinds = [names[number] for number in KINDS_IN_IMAGENET[label]]
    assert (kinds[0], first in kinds, last in kinds) == (kinds[0], True, True)
