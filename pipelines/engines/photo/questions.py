"""What a question about a photograph asks for, of the questions that the describer can answer.

A question is understood only as a whole: one word that is not ("red", "tree", "why") and it is
none of these, rather than half of it answered.

    parse("How many dogs can you see in the picture?")   [Question("count", {"dog"}, "dogs")]

What asks for several things at once ("How many cats and dogs?") is several questions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pipelines.engines.photo import imagenet
from pipelines.engines.photo.coco import WORDS
from pipelines.engines.photo.question_shapes import (
    AT,
    EACH,
    IN_PART,
    LIST,
    PART,
    SAYS,
    SHAPES,
    TEXT,
    TWO,
    YES_OR_NO,
)
from pipelines.engines.photo.wording import NUMBERS


@dataclass(frozen=True)
class Question:
    """What is asked: "text", "says" or one of the names in SHAPES, about which things (all if none
    are named).

    They are named by COCO's `labels` or, where it has no word for them, by a `kind` of ImageNet's.
    `noun` is the word that the user has for them, `side` a direction, `count` how many the question
    speaks of, `compare` whether it means more or fewer than that. `part` is where in the picture,
    `at` what the things are in or on (`side`), `subject` which things may be the answer, where
    those asked about are what they are beside or on. `negated`: "are there no dogs?"; `words` is a
    text to be looked for.
    """

    asks: str
    labels: frozenset[str] = frozenset()
    kind: imagenet.Noun | None = None
    noun: str = ""
    side: str = ""
    count: int | None = None
    compare: str = ""
    part: str = ""
    at: "Question | None" = None
    subject: "Question | None" = None
    negated: bool = False
    words: str = ""

    def fits(self, number: int) -> bool:
        """Whether so many are as many as the question speaks of."""
        if self.count is None:
            return True
        if self.compare in ("more than", "at least"):
            return number >= self.count + (self.compare == "more than")
        if self.compare:
            return number <= self.count - (self.compare != "at most")
        return number == self.count


TAG = re.compile(
    r" , (?:(?:is|are|do|does|can) (?:there|it|that|this|they|you|i)(?: not)?|right|correct|yes)$"
    r"|(?: ,)? (?:is that|am i) (?:right|correct|so|true)$"
)
NOT = {f"{verb}n't": verb for verb in ("is", "are", "do", "does", "did", "could")} | {
    "can't": "can",
    "cannot": "can",
}
AND = re.compile(
    r"(?:,\s*|\s+)and\s+(?=(?:how|where|what|which|who|is|are|do|does|can)\b)", re.IGNORECASE
)
SENTENCE_END = re.compile(r"[.?!;]+(?:\s+|$)")
TYPED = 6  # letters of a noun that may be misspelt
ALIKE = 0.88  # difflib's ratio
MOST_WORDS = 40  # longer is no simple question
LONGEST_NOUN = 4  # words
BEFORE_NOUNS = set("a an the any no this that of or and nor with , one largest biggest".split())
POLITE = re.compile(
    r"^(?:please|hi|hello|hey|ok|so|and|now|well"
    r"|(?:can|could|would|will) you(?: please)?(?: tell me| say)?"
    r"(?: see| check)?"
    r"(?= (?:what|which|how|where|who|if|whether|the|all|this|count|list|describe))"
    r"|tell me|say|i (?:wonder|was wondering)|i (?:would|want to|would like to|need to) know"
    r"|i (?:think|guess|believe)|do you know|are you sure|if|whether|thanks|thank you|,) "
)
# What is asked in other words: for `re.sub`.
OTHERWISE = {
    r"\bwhereabouts\b": "where",
    r"\b(?:nobody|no one)\b": "no people",
    r"\bwould you mind counting\b": "count",
    r"\bgive me a list of\b": "list",
    r"\b(?:could|might) there be\b": "is there",
    r"\bhave you (?:found|seen|spotted)\b": "do you see",
    r"\b(?:are|am) (?:we|i|you) looking at\b": "is this",
    r"\bis (this|that) (?:thing|object)\b": r"is \1",
    r"\bwhat do you think (this|that|it|there) is\b": r"what is \1",
    r"^does (?:anything|something) (?:stand|sit|lie|appear)\b": "what is there",
}
THANKS = re.compile(r"(?: (?:please|thanks|thank you|thanks in advance|,))+$")
SHORT = {
    "ppl": "people", "r": "are", "u": "you", "pls": "please", "plz": "please", "pic": "picture",
    "img": "image", "thx": "thanks", "foto": "photo", "wich": "which", "meny": "many",
    "thier": "their", "teh": "the", "i'd": "i would", "im": "i am", "persons": "people",
    "what's": "what is", "whats": "what is", "where's": "where is", "who's": "who is",
    "there's": "there is", "theres": "there is", "how's": "how is", "it's": "it is",
    "that's": "that is",
}  # fmt: skip


def parse(question: str) -> list[Question]:
    """What is asked; empty if it, or part of it, is nothing that can be answered."""
    text = question.replace("’", "'")
    if len(text.split()) > MOST_WORDS:
        return []
    parts = [part for part in SENTENCE_END.split(text) if _plain(part)]
    return _parse(text) or _all(parts) or _all(AND.split(text))


def _all(parts: list[str]) -> list[Question]:
    found = [_parse(part) for part in parts]
    return [one for some in found for one in some] if all(found) else []


def _plain(question: str) -> str:
    """Its words, without what is only polite, and with commas where they may tell nouns apart."""
    words = re.findall(r"[\w']+|,|(?<=\s)[-–](?=\s)", question.lower())
    expanded = (SHORT.get(word, NOT.get(word, word)) for word in words)
    text = " ".join(word if word not in "-–" else "," for word in expanded) + " "
    while (shorter := POLITE.sub("", text, count=1)) != text:
        text = shorter
    text = TAG.sub("", THANKS.sub("", f" {text.strip()}")).strip()
    for pattern, usual in OTHERWISE.items():
        text = re.sub(pattern, usual, text)
    return text


def _parse(question: str) -> list[Question]:
    text = _plain(question)
    if found := SAYS.fullmatch(text):
        return [Question("says", words=found["words"] or found["word"])]
    if TEXT.fullmatch(text):
        return [Question("text")]
    words = text.split()
    return _shaped(*_nouns(words)) or _shaped(*_nouns([_spelt(word) for word in words]))


def _shaped(shape: str, nouns: list[str]) -> list[Question]:
    """What the first shape that fits asks, each `#` of which is a noun or several of them."""
    shape, groups, joined = _grouped(shape, nouns)
    negated, plain = re.search(r"\b(?:no|neither)\b", shape), shape
    shape = re.sub(r"\b(?:no|neither|not) ", "", shape)
    is_not = shape != plain
    if place := PART.search(shape):
        shape = shape[: place.start()] + shape[place.end() :]
    matches = ((asks, re.fullmatch(pattern, shape)) for asks, pattern in SHAPES)
    asks, found = next(((asks, found) for asks, found in matches if found), ("", None))
    at = AT.search(shape) if asks in IN_PART else None
    if (
        not found
        or (place and asks not in IN_PART)
        or (is_not and asks not in YES_OR_NO)
        or (at and len(groups) != 2)  # a noun that is not asked about, or too many
        or (joined and asks not in {*EACH, "else"})
        or ("with" in joined and asks not in YES_OR_NO)
        or len(joined - {"nor"}) > 1
    ):
        return []
    # Of several nouns the first is asked about ("a dog on the couch"), unless the first is asked
    # for, beside or on the last.
    first, last = (groups[0], groups[-1]) if groups else ([], [])
    about = last if asks in TWO or asks == "is" else first
    if asks == "what" and shape.startswith(("who", "describe", "caption")):
        about = ["people"] if shape.startswith("who") else []
    given = found.groupdict()
    each = [[noun] for noun in about] if joined & {"and", "with"} and asks != "else" else [about]
    return [
        Question(
            asks,
            *_meant(one),
            side=at["side"] if at else given.get("side") or "",
            count=_number(given.get("count")),
            compare=given.get("compare") or "",
            part=place["part"] if place else "",
            at=Question("", *_meant(last)) if at else None,
            subject=Question("", *_meant(first)) if asks in TWO and about is not first else None,
            negated=bool(negated),
        )
        for one in each
    ]


def _grouped(shape: str, nouns: list[str]) -> tuple[str, list[list[str]], set[str]]:
    """The shape with one # for nouns that are listed, those nouns, and the words between them."""
    groups: list[list[str]] = []
    joined: set[str] = set()
    rest = iter(nouns)

    def group(found: re.Match[str]) -> str:
        joined.update({"and", "or", "nor", "with"}.intersection(found[0].split()))
        groups.append([next(rest) for _ in range(found[0].count("#"))])
        return "#"

    return LIST.sub(group, shape).replace(" ,", ""), groups, joined


def _meant(nouns: Sequence[str]) -> tuple[frozenset[str], imagenet.Noun | None, str]:
    """COCO's labels, ImageNet's kind and the words for any of the nouns."""
    kinds = [imagenet.nouns()[noun] for noun in nouns if noun not in WORDS]
    labels = frozenset[str]().union(*(WORDS.get(noun, ()) for noun in nouns))
    return labels, _together(kinds), " or ".join(nouns)


def _spelt(word: str) -> str:
    """The noun of COCO's that a misspelt word is meant to be, or the word itself."""
    if len(word) < TYPED or word in WORDS or word in imagenet.nouns():
        return word
    swapped = [one for one in WORDS if one[0] == word[0] and sorted(one) == sorted(word)]
    return next(iter(swapped or get_close_matches(word, WORDS, 1, ALIKE)), word)


def _together(kinds: list[imagenet.Noun]) -> imagenet.Noun | None:
    if not kinds:
        return None
    classes = frozenset().union(*(one.classes for one in kinds))
    return imagenet.Noun(" or ".join(one.singular for one in kinds), classes)


def _nouns(words: list[str]) -> tuple[str, list[str]]:
    """The question with # for each noun, and those nouns; a longer one is preferred."""
    shape, nouns, at = [], [], 0
    while at < len(words):
        for length in range(min(LONGEST_NOUN, len(words) - at), 0, -1):
            noun = " ".join(words[at : at + length])
            if _is_noun(noun, words[at - 1] if at else ""):
                shape.append("#")
                nouns.append(noun)
                break
        else:
            length = 1
            shape.append(words[at])
        at += length
    return " ".join(shape), nouns


def _is_noun(noun: str, before: str) -> bool:
    """Whether a word is a noun here: "an orange" is, "Is it orange?" asks for a colour."""
    kind = imagenet.nouns().get(noun)
    if before in BEFORE_NOUNS:
        return noun in WORDS or kind is not None
    if noun in WORDS:
        return noun != "orange"
    return kind is not None and noun != kind.singular


def _number(word: str | None) -> int | None:
    if not word:
        return None
    return NUMBERS.index(word) if word in NUMBERS else int(word)
