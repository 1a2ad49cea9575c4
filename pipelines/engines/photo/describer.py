"""The photo describer: detector, classifier and text reader together as one model.

It captions a photograph and answers what they can tell. The detector's things count from one score
on, in captions and answers. Two passes make up for the 300 × 300 pixels that it sees: what it takes
for an animal the classifier sees again, in the box alone, and says so when it is another animal;
and for a question the picture is looked at in parts as well, for small things. A caption keeps to
what the detector finds in the whole; where that is nothing, what the parts show is probable only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from pipelines.capabilities import AnswerAboutImage, Caption, TextStream
from pipelines.engines.photo import answers, imagenet
from pipelines.engines.photo.classifier import Classifier
from pipelines.engines.photo.coco import GROUPS, KINDS_IN_IMAGENET, WORDS
from pipelines.engines.photo.detector import Detector, parts
from pipelines.engines.photo.imagenet import Noun
from pipelines.engines.photo.questions import parse
from pipelines.engines.photo.sight import Guess, Thing
from pipelines.engines.photo.text_reader import Line, TextReader, in_order
from pipelines.engines.photo.wording import caption
from pipelines.inputs import Picture
from pipelines.run import offer_recommended

LEAST = 0.5  # a thing's score
ONE = 0.65  # boxes that overlap more are one thing, whatever it is taken for
SAME = 0.5  # the share of the smaller box within the larger, of one thing seen whole and in a part
ANOTHER = 0.8  # how sure the classifier is that an animal is another
UNLIKELY = 0.05  # how sure it is of the detector's animal when that is wrong
SURER = 0.7  # of another thing, in a caption
LEGIBLE = 0.85  # a text's score in a caption
MOST_CLASSIFIED = 20  # things that the classifier looks at for one question
# Of horses, sheep and cows ImageNet has one or two kinds: it takes most of them for others.
WELL_KNOWN = ("bird", "cat", "dog", "bear", "elephant", "zebra")
ANIMALS = [one for one in GROUPS["animal"].split(",") if one in KINDS_IN_IMAGENET]
OTHER_ANIMALS = set(imagenet.ANIMALS).difference(*(KINDS_IN_IMAGENET[one] for one in ANIMALS))
Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
PARTS: list[Box] = [(x, y, x + 0.6, y + 0.6) for y in (0.0, 0.4) for x in (0.0, 0.4)]


class Describer(Caption, AnswerAboutImage):
    """Describes a photograph, and answers questions about it."""

    system = ""

    def __init__(self, detector: Detector, classifier: Classifier, reader: TextReader) -> None:
        self.detector, self.classifier, self.reader = detector, classifier, reader
        self.parallel = detector.parallel

    def caption(self, image: Picture, *, max_new_tokens: int) -> TextStream:
        """Yield the caption; it is never long."""
        view = PhotoSight(self, image)
        things = view.whole or [replace(one, guessed=True) for one in view.things()]
        lines = in_order([one for one in view.pieces if one.score >= LEGIBLE])
        whole = "" if lines else view.addition(things)
        yield caption(things, answers.kinds_of(things, view), whole, lines)

    def answer(self, image: Picture, question: str, *, max_new_tokens: int) -> TextStream:
        """Yield the answer; another model is offered for a question that is not understood."""
        asked = parse(question)
        answer = answers.answer(asked, PhotoSight(self, image))
        if answer is None:
            offer_recommended("This starter only answers simple questions about what it detects.")
        yield answer or answers.ONLY

    def close(self) -> None:
        """Free the memory."""
        for part in (self.detector, self.classifier, self.reader):
            part.close()


class PhotoSight:
    """One photograph, looked at as far as somebody asks."""

    def __init__(self, model: Describer, image: Picture) -> None:
        self.model, self.image = model, image

    @cached_property
    def whole(self) -> list[Thing]:
        """The things in the whole picture, the surest first."""
        found: list[Thing] = []
        for thing in self._detected(WHOLE):
            if all(_overlap(thing.box, one.box) < ONE for one in found):
                found.append(thing)
        return found

    @cached_property
    def in_parts(self) -> list[Thing]:
        """What is seen in a part of the picture only."""
        found: list[Thing] = []
        for part in PARTS if len(parts(self.image)) == 1 else ():  # a long one's were looked at
            for thing in self._detected(part):
                if not _cut(thing.box, part) and not _known(thing, [*self.whole, *found]):
                    found.append(thing)
        return found

    def things(self) -> Sequence[Thing]:
        """All things, the surest first."""
        return sorted([*self.whole, *self.in_parts], key=lambda one: -one.score)

    @cached_property
    def pieces(self) -> list[Line]:
        """The pieces of text."""
        return self.model.reader.pieces(self.image)

    def lines(self) -> Sequence[str]:
        """The lines of text."""
        return in_order(self.pieces)

    def kind_of(self, label: str | None) -> Guess:
        """Which kind of this label the surest thing of it is; of the whole picture with None."""
        thing = next((one for one in self.things() if one.label == label), None) if label else None
        scores = self._classified(thing.box if thing else WHOLE)
        of_it = KINDS_IN_IMAGENET.get(label or "", range(len(scores)))
        best, *others = sorted(of_it, key=lambda number: -scores[number])
        also = [self._name(one) for one in others[:1] if scores[one] >= scores[best] / 2]
        return Guess(self._name(best), scores[best], best, *also)

    def of_kind(self, kind: Noun) -> Sequence[Thing]:
        """Detected things that the classifier takes for one of the kind, else the whole so."""
        boxes = [thing.box for thing in self.things()[:MOST_CLASSIFIED]]
        found = [one for box in boxes if (one := self._as(kind, box))]
        return sorted(found, key=lambda one: -one.score) or list(
            filter(None, [self._as(kind, WHOLE)])
        )

    def _as(self, kind: Noun, box: Box) -> Thing | None:
        scores = self._classified(box)
        score = sum(scores[number] for number in kind.classes)
        if score < answers.SURE:
            return None
        best = max(kind.classes, key=lambda number: scores[number])
        return Thing(self._name(best), score, box, guessed=True)

    def _name(self, number: int) -> str:
        return self.model.classifier.labels[number].split(",")[0]

    def addition(self, things: Sequence[Thing]) -> str:
        """What the classifier is sure of and the things do not say; "" if there is no such."""
        scores = self._classified(WHOLE)
        best = max(range(len(scores)), key=lambda number: scores[number])
        names = [name.strip() for name in self.model.classifier.labels[best].split(",")]
        known = any(best in KINDS_IN_IMAGENET.get(one.label, ()) for one in things)
        named = any(
            one.label in (name, *WORDS.get(name.lower(), ())) for one in things for name in names
        )
        return "" if known or named or scores[best] < SURER else names[0]

    def _classified(self, box: Box) -> list[float]:
        image = self.image if box == WHOLE else self.image.crop(_pixels(box, self.image))
        return [score for _, score in self.model.classifier.classify_image(image)]

    def _detected(self, part: Box) -> Iterator[Thing]:
        """The things in a part of the picture, each animal as the classifier sees it."""
        left, top, right, bottom = _pixels(part, self.image)
        image = self.image if part == WHOLE else self.image.crop((left, top, right, bottom))
        for one in self.model.detector.detect(image, LEAST):
            box = one["box"]
            thing = Thing(
                one["label"],
                one["score"],
                (
                    (left + box["xmin"]) / self.image.width,
                    (top + box["ymin"]) / self.image.height,
                    (left + box["xmax"]) / self.image.width,
                    (top + box["ymax"]) / self.image.height,
                ),
            )
            yield self._animal(thing) if thing.label in ANIMALS else thing

    def _animal(self, thing: Thing) -> Thing:
        """The animal as the detector names it, unless the classifier is sure of another."""
        scores = self._classified(thing.box)
        likely = {one: sum(scores[number] for number in KINDS_IN_IMAGENET[one]) for one in ANIMALS}
        known = max(WELL_KNOWN, key=lambda one: likely[one])
        if likely[known] >= ANOTHER:
            return replace(thing, label=known)
        best = max(OTHER_ANIMALS, key=lambda number: scores[number])
        if scores[best] >= SURER and likely[thing.label] <= UNLIKELY:
            return replace(thing, label=self._name(best), guessed=True)
        return thing


def _pixels(box: Box, image: Picture) -> tuple[int, int, int, int]:
    """The box in pixels, at least one wide and high."""
    left, top = (min(int(box[i] * size), size - 1) for i, size in enumerate(image.size))
    right, bottom = (round(box[i + 2] * size) for i, size in enumerate(image.size))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _cut(box: Box, part: Box) -> bool:
    """Whether a part's edge, where the picture goes on, runs through the thing."""
    near = 0.01
    low = any(edge > 0 and box[i] < edge + near for i, edge in enumerate(part[:2]))
    return low or any(edge < 1 and box[i + 2] > edge - near for i, edge in enumerate(part[2:]))


def _known(thing: Thing, found: Sequence[Thing]) -> bool:
    """Whether a thing that is seen in a part is one of those that were found."""
    return any(
        _shared(thing.box, one.box) > SAME * min(thing.area, one.area)
        if thing.label == one.label
        else _overlap(thing.box, one.box) > SAME
        for one in found
    )


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    shared = _shared(one, other)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (areas - shared) if shared else 0.0


def _shared(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)
