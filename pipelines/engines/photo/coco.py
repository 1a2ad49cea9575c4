"""The 80 kinds of things that COCO's detectors know, and the words that people have for them.

Kinds that belong together ("vehicle") have a word of their own in GROUPS. KINDS_IN_IMAGENET says
which of ImageNet's classes are kinds of one of COCO's.
"""

import re

# COCO's numbers go up to 90; ten are not used.
LABELS = {
    number: label
    for number, label in enumerate(
        "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,"
        "fire hydrant,,stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,"
        "zebra,giraffe,,backpack,umbrella,,,handbag,tie,suitcase,frisbee,skis,snowboard,"
        "sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,,"
        "wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,"
        "hot dog,pizza,donut,cake,chair,couch,potted plant,bed,,dining table,,,toilet,,tv,laptop,"
        "mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,,book,clock,"
        "vase,scissors,teddy bear,hair drier,toothbrush".split(","),
        1,
    )
    if label
}

# Other words for one kind, in the singular.
SYNONYMS = {
    "person": "man woman human boy girl child kid baby lady guy gentleman pedestrian human being "
    "adult somebody someone anybody anyone everybody everyone player rider passenger driver folk "
    "fellow bloke chap mother father mum mom dad individual teenager toddler",
    "bicycle": "bike pushbike cycle",
    "car": "automobile taxi cab",
    "motorcycle": "motorbike motor bike scooter moped",
    "airplane": "aeroplane plane aircraft jet",
    "bus": "coach",
    "train": "tram locomotive",
    "truck": "lorry pickup van",
    "boat": "ship sailboat",
    "traffic light": "stoplight traffic signal",
    "fire hydrant": "hydrant",
    "cat": "kitten kitty",
    "dog": "puppy doggy doggo pooch pup hound",
    "horse": "pony foal",
    "sheep": "lamb",
    "cow": "bull calf cattle ox",
    "backpack": "rucksack",
    "handbag": "bag purse",
    "tie": "necktie",
    "suitcase": "luggage",
    "skis": "ski",
    "sports ball": "ball football",
    "tennis racket": "racket racquet",
    "wine glass": "glass goblet",
    "cup": "mug teacup coffee cup",
    "donut": "doughnut",
    "couch": "sofa settee",
    "potted plant": "plant houseplant",
    "dining table": "table desk",
    "tv": "television telly screen monitor tv set",
    "laptop": "computer notebook",
    "mouse": "computer mouse",
    "remote": "remote control",
    "cell phone": "phone mobile phone smartphone cellphone telephone mobile",
    "refrigerator": "fridge",
    "clock": "watch",
    "teddy bear": "teddy",
    "hair drier": "hairdryer hair dryer",
}
_OF_TWO_WORDS = (
    "human being,motor bike,traffic signal,coffee cup,tv set,computer mouse,remote control,"
    "mobile phone,hair dryer"
).split(",")

GROUPS = {
    "vehicle": "bicycle,car,motorcycle,airplane,bus,train,truck,boat",
    "animal": "bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe",
    "pet": "cat,dog,bird",
    "furniture": "chair,couch,bed,dining table,bench",
    "food": "banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake",
    "fruit": "banana,apple,orange",
    "cutlery": "fork,knife,spoon",
}
GROUP_SYNONYMS = {"means of transport": "vehicle", "transport": "vehicle", "creature": "animal"}

PLURALS = {
    "person": "people",
    "mouse": "mice",
    "knife": "knives",
    "sheep": "sheep",
    "skis": "skis",
    "scissors": "scissors",
    "broccoli": "broccoli",
    "man": "men",
    "woman": "women",
    "child": "children",
    "calf": "calves",
    "ox": "oxen",
    "cattle": "cattle",
    "aircraft": "aircraft",
    "luggage": "luggage",
    "furniture": "furniture",
    "food": "food",
    "cutlery": "cutlery",
    "wolf": "wolves",
    "goose": "geese",
    "deer": "deer",
    "bison": "bison",
    "salmon": "salmon",
    "transport": "transport",
}
ALWAYS_MANY = {"skis", "scissors"}  # "a pair of scissors"
NO_PIECES = {"broccoli"}  # "some broccoli"


def plural(word: str) -> str:
    """The plural of a kind's or a group's name."""
    before, last = word[: -len(word.split(" ")[-1])], word.split(" ")[-1]
    if last in PLURALS:
        return before + PLURALS[last]
    if last.endswith("fish"):
        return word
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(("s", "ss", "ch", "sh", "x")) else "s")


def _words() -> dict[str, frozenset[str]]:
    """Every word in singular and plural, with the kinds that it may mean."""
    known: dict[str, frozenset[str]] = {}
    for group, kinds in GROUPS.items():
        known[group] = frozenset(kinds.split(","))
    known |= {word: known[group] for word, group in GROUP_SYNONYMS.items()}
    for label in LABELS.values():
        listed = SYNONYMS.get(label, "")
        longer = [one for one in _OF_TWO_WORDS if one in listed]
        for one in longer:
            listed = listed.replace(one, "")
        for word in [label, *longer, *listed.split()]:
            known[word] = frozenset({label})
    return {**{plural(word): kinds for word, kinds in known.items()}, **known}


WORDS = _words()

# First and last of the ImageNet classes that are kinds of a COCO kind, by number from 0.
_RANGES: dict[str, list[tuple[int, int]]] = {
    "bird": [(7, 24), (80, 100), (127, 146)],
    "dog": [(151, 268)],
    "cat": [(281, 285)],
    "bear": [(294, 297), (388, 388)],
    "horse": [(339, 339)],
    "zebra": [(340, 340)],
    "cow": [(345, 345)],
    "sheep": [(348, 349)],
    "elephant": [(385, 386)],
    "airplane": [(404, 404), (895, 895)],
    "car": [
        *[(407, 407), (436, 436), (468, 468), (511, 511), (609, 609), (627, 627), (656, 656)],
        *[(661, 661), (751, 751), (817, 817)],
    ],
    "bus": [(654, 654), (779, 779), (874, 874)],
    "truck": [(555, 555), (569, 569), (675, 675), (717, 717), (734, 734), (864, 864), (867, 867)],
    "train": [(466, 466), (547, 547), (705, 705), (820, 820), (829, 829)],
    "boat": [
        *[(472, 472), (484, 484), (510, 510), (554, 554), (576, 576), (625, 625), (628, 628)],
        *[(724, 724), (780, 780), (814, 814), (871, 871), (914, 914)],
    ],
    "bicycle": [(444, 444), (671, 671)],
    "motorcycle": [(665, 665), (670, 670)],
    "bottle": [(440, 440), (737, 737), (898, 898), (907, 907)],
    "cup": [(504, 504)],
    "chair": [(423, 423), (559, 559), (765, 765)],
    "couch": [(831, 831)],
    "sports ball": [
        *[(429, 430), (522, 522), (574, 574), (722, 722), (768, 768), (805, 805)],
        *[(852, 852), (890, 890)],
    ],
    "clock": [(409, 409), (530, 531), (892, 892)],
}
KINDS_IN_IMAGENET = {
    label: tuple(number for low, high in ranges for number in range(low, high + 1))
    for label, ranges in _RANGES.items()
}
