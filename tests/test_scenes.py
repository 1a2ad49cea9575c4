"""The scene world: the same on every machine, and true about itself."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from pipelines.scenes import COLOURS, KINDS, LABELS, Scene, make_scene
from pipelines.scenes.world import ASKED

SEEDS = range(500, 560)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [make_scene(seed) for seed in SEEDS]


def fingerprint(seed: int) -> str:
    scene = make_scene(seed)
    truth = repr((scene.objects, scene.caption, scene.questions)).encode()
    return hashlib.sha256(scene.image.tobytes() + truth).hexdigest()


@pytest.mark.slow
def test_the_same_seed_makes_the_same_scene_in_another_process() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.test_scenes import fingerprint\n"
        "print(*[fingerprint(seed) for seed in range(4)])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [fingerprint(seed) for seed in range(4)]


def test_other_seeds_make_other_scenes(scenes: list[Scene]) -> None:
    assert len({scene.image.tobytes() for scene in scenes}) == len(scenes)


def test_there_are_24_kinds_and_all_turn_up() -> None:
    assert len(KINDS) == 24
    seen = {thing.label for seed in range(300) for thing in make_scene(seed, 64).objects}
    assert seen == set(LABELS)


def test_one_to_six_things_and_at_least_one_to_be_asked_about(scenes: list[Scene]) -> None:
    assert all(1 <= len(scene.objects) <= 6 and scene.asked for scene in scenes)
    assert {len(scene.objects) for scene in scenes} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("size", [128, 256, 400])
def test_boxes_lie_inside_the_picture(size: int) -> None:
    for seed in SEEDS[:12]:
        scene = make_scene(seed, size)
        assert scene.image.size == (size, size)
        assert scene.image.mode == "RGB"
        for thing in scene.objects:
            xmin, ymin, xmax, ymax = thing.box
            assert 0 <= xmin < xmax <= size
            assert 0 <= ymin < ymax <= size


@pytest.mark.slow
def test_visible_is_a_share_and_never_near_the_limit() -> None:
    shares = [thing.visible for seed in range(400) for thing in make_scene(seed).objects]
    assert all(0 < share <= 1 for share in shares)
    assert not [share for share in shares if 0.2 < share < 0.4]
    assert [share for share in shares if share < ASKED], "some things are nearly hidden"
    assert [share for share in shares if 0.4 < share < 0.9], "some things overlap"


def test_the_background_has_the_colour_it_is_said_to_have(scenes: list[Scene]) -> None:
    for scene in scenes:
        corner = np.asarray(scene.image, int)[[0, 0, -1, -1, 0], [0, -1, 0, -1, 128]]
        middle = np.median(corner, 0)
        distances = {
            name: float(np.abs(middle - np.array(shade)).sum()) for name, shade in COLOURS.items()
        }
        assert distances[scene.background] <= min(distances.values()) + 90, scene.seed


def questions(scenes: list[Scene], kind: str) -> list[tuple[Scene, str, str]]:
    found = [
        (scene, *pair)
        for scene in scenes
        for name, pair in zip(scene.question_kinds, scene.questions, strict=True)
        if name == kind
    ]
    assert found
    return found


def test_counting_everything_counts_what_can_be_seen(scenes: list[Scene]) -> None:
    for scene, _, answer in questions(scenes, "count-all"):
        assert int(answer) == len(scene.asked)


def test_counts_and_is_there_agree_with_the_objects(scenes: list[Scene]) -> None:
    for scene, question, answer in questions(scenes, "count-kind"):
        counts = {
            kind.name: sum(thing.label == kind.name for thing in scene.asked)
            for kind in KINDS
            if any(pair[1] in question for pair in kind.words)
        }
        assert int(answer) in counts.values(), (scene.seed, question)
    for scene, question, answer in questions(scenes, "is-there"):
        labels = {thing.label for thing in scene.asked}
        asked = {k.name for k in KINDS if any(w in question for pair in k.words for w in pair)}
        assert (answer == "yes") == bool(asked & labels), (scene.seed, question)


def test_what_is_left_of_a_thing_lies_left_of_it(scenes: list[Scene]) -> None:
    for scene, question, answer in questions(scenes, "left"):
        named = [
            thing
            for thing in scene.asked
            for kind in KINDS
            if kind.name == thing.label and any(f"the {pair[0]}" in question for pair in kind.words)
        ]
        middle = named[0].centre[0]
        lefter = {thing.label for thing in scene.asked if thing.centre[0] < middle}
        assert set(answer.replace(" and ", ", ").split(", ")) - {"nothing"} == lefter


def test_the_largest_is_the_largest(scenes: list[Scene]) -> None:
    for scene, _, answer in questions(scenes, "largest"):
        assert max(scene.asked, key=lambda thing: thing.area).label == answer


def test_the_caption_names_every_kind_and_the_background(scenes: list[Scene]) -> None:
    for scene in scenes:
        for thing in scene.asked:
            kind = next(kind for kind in KINDS if kind.name == thing.label)
            assert kind.name in scene.caption.lower() or kind.plural in scene.caption.lower()
        assert scene.caption.endswith(f" {scene.background} background.")


@pytest.mark.slow
def test_hidden_things_are_not_spoken_of() -> None:
    for seed in range(400):
        scene = make_scene(seed)
        hidden = {thing.label for thing in scene.objects if thing.visible < ASKED}
        for label in hidden - {thing.label for thing in scene.asked}:
            assert not any(label == answer for _, answer in scene.questions)
            assert f" {label} " not in scene.caption
