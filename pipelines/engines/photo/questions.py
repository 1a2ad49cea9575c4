"""What a question about a photograph asks for, of the questions that the describer can answer.

A question is understood only as a whole: one word that is not ("red", "tree", "why") and it is
none of these, rather than half of it answered.

    parse("How many dogs can you see in the picture?")   Question("count", {"dog"}, "dogs")
"""

import re
from dataclasses import dataclass

from pipelines.engines.photo import imagenet
from pipelines.engines.photo.coco import WORDS
from pipelines.engines.photo.wording import NUMBERS


@dataclass(frozen=True)
class Question:
    """What is asked: one of the names in SHAPES, about which things (all if none are named).

    They are named by COCO's `labels` or, where it has no word for them, by a `kind` of ImageNet's.
    `noun` is the word that the user has for them, `side` a direction, `count` how many the question
    speaks of, `compare` whether it means more or fewer than that.
    """

    asks: str
    labels: frozenset[str] = frozenset()
    kind: imagenet.Noun | None = None
    noun: str = ""
    side: str = ""
    count: int | None = None
    compare: str = ""

    def fits(self, number: int) -> bool:
        """Whether so many are as many as the question speaks of."""
        if self.count is None:
            return True
        if self.compare in ("more than", "at least"):
            return number >= self.count + (self.compare == "more than")
        if self.compare:
            return number <= self.count - (self.compare != "at most")
        return number == self.count


THE = r"(?: (?:the|a|an|any|some|this|that|these|those|all|all the|all of the|one of the|your))?"
THING = r"(?:things?|objects?|items?|stuff)"
SEE = r"(?:see|seen|spot|find|count|identify|recogni[sz]e|detect|make out|notice)"
WHO = r"(?:you|we|i|one)"
HERE = (
    r"(?: (?:here|there|please|altogether|in total|visible|present|shown|depicted|exactly|now"
    r"|(?:in|on|at|inside|within|of|from|across) (?:it|(?:the|this|that|my|a|an|your) (?:\w+|#))))*"
)
POSE = r"(?: (?:sitting|standing|lying|located|placed))?"
SEEN = (
    rf"(?: (?:are|is)(?: there)?| there (?:are|is)| (?:can|do|could|did) {WHO} {SEE}"
    rf"| {WHO} (?:can )?{SEE}| does (?:it|this|#|the \w+) (?:show|have|contain))?"
)
MOST = r"(?:largest|biggest|main|most prominent|tallest|smallest)"
KIND = r"(?:kinds?|types?|sorts?|breeds?|species|makes?|models?|variet(?:y|ies)|races?)"
SIDE = (
    r"(?P<side>left|right|above|over|below|under|underneath|beneath|on top|next|beside|near|close)"
)
PART = (
    r"(?P<side>(?:top|upper|bottom|lower) (?:left|right)"
    r"|left|right|top|bottom|middle|cent(?:re|er))"
)
PHOTO = r"(?: (?:photo|photograph|picture|image|drawing) of)?"
COMPARE = r"(?: (?P<compare>more than|at least|fewer than|less than|at most))?"
NUMBER = rf"(?: only| just| exactly)?(?:{COMPARE} (?P<count>{'|'.join(NUMBERS[1:])}|\d{{1,4}}))?"
ONE_OF = r"#(?: or(?: an?| any)? #)?"

# Each may begin with "please", "tell me" and the like; # stands for a noun.
SHAPES = (
    (
        "text",
        r"(?!.*\b(?:why|translate|language|summari[sz]e|colou?r|font|mean|how many)\b)"
        r".*\b(?:say|says|said|written|read|reads|texts?|words?|letters|writing|spell)\b.*",
    ),
    (
        "count",
        rf"(?:how many|how much|count|(?:what is )?(?:the )?(?:number|amount) of){THE}"
        rf" (?:#(?: (?:and|or){THE} #)?|{THING})"
        rf"{SEEN}{HERE}",
    ),
    (
        "where",
        rf"(?:where|where exactly|in which part|on which side) (?:is|are|can {WHO} {SEE}|do {WHO} "
        rf"{SEE}){THE} #{POSE}{HERE}",
    ),
    ("on", rf"(?:what|who)(?: is| are)(?: there)?{POSE} on{THE} #{HERE}"),
    (
        "beside",
        rf"(?:what|who|which {THING})(?: is| are| do {WHO} {SEE}| can {WHO} {SEE})(?: there)?"
        rf"(?: to| on| at)?(?: the)? ?{SIDE}(?: side)?(?: of| from| to)?{THE} #{HERE}",
    ),
    (
        "part",
        rf"(?:what|who|which {THING})(?: is| are| do {WHO} {SEE}| can {WHO} {SEE})(?: there)?"
        rf" (?:to|on|at|in) the {PART}(?: hand)?(?: side| half| part| corner)?{HERE}",
    ),
    (
        "largest",
        rf"(?:what|which|who)(?: {THING}| one)?(?: is| are)?(?: the)? (?P<side>{MOST})"
        rf"(?: {THING}| one| #)?{HERE}",
    ),
    (
        "largest",
        rf"(?:what|which)(?: {THING}| #) (?:is|are)(?: the)? (?P<side>{MOST})(?: one)?{HERE}",
    ),
    ("largest", rf"where (?:is|are)(?: the)? (?P<side>{MOST}) (?:{THING}|one|#){HERE}"),
    (
        "kind",
        rf"(?:what|which) {KIND}(?: of)?(?: an?)?(?: #| \w+)?"
        rf"(?: (?:is|are)(?: (?:this|that|it|they|these|those|there|the #|the \w+))?)?{SEEN}{HERE}",
    ),
    ("is", rf"(?:is|are) (?:this|that|it|these|those){THE}{PHOTO}{THE}{NUMBER} {ONE_OF}{HERE}"),
    ("any", rf"(?:is|are) there(?: also)?{THE}{NUMBER} {ONE_OF}{SEEN}{HERE}"),
    ("any", rf"(?:is|are){THE}{NUMBER} {ONE_OF}{HERE}"),
    ("any", rf"(?:do|can|could|did) {WHO}(?: also)? {SEE}{THE}{NUMBER} {ONE_OF}{HERE}"),
    (
        "any",
        rf"(?:does|do) (?:it|this|that|the \w+)(?: also)? (?:show|have|contain|include){THE}"
        rf"{NUMBER} {ONE_OF}{HERE}",
    ),
    ("any", rf"(?:any |there (?:is|are){THE}{NUMBER} )?{ONE_OF}{SEEN}{HERE}"),
    (
        "what",
        rf"(?:what|which|who)(?: #| {THING})?(?: else)?"
        r"(?: (?:is|are)(?: (?:this|that|it|these|those))?)?"
        rf"{SEEN}{HERE}",
    ),
    ("what", rf"what (?:does|do) (?:it|this|the \w+) (?:show|contain|depict){HERE}"),
    ("what", rf"what (?:is (?:happening|going on)|am i looking at|do {WHO} have){HERE}"),
    (
        "what",
        rf"(?:describe|caption)(?: (?:this|the|it|that|what {WHO} {SEE}))?(?: \w+)?{HERE}"
        r"(?: in detail| briefly)?",
    ),
    ("what", r"about (?:this|it|(?:this|the) (?:photo|photograph|picture|image))"),
    ("what", rf"list{THE}(?: everything)?(?: (?:#|{THING}))?{SEEN}{HERE}"),
)
MOST_WORDS = 40  # longer is no simple question
LONGEST_NOUN = 4  # words
BEFORE_NOUNS = {"a", "an", "the", "any", "this", "that", "of", "or", "one", "largest", "biggest"}
POLITE = re.compile(
    r"^(?:please|hi|hello|hey|ok|so|and|now|well"
    r"|(?:can|could|would|will) you(?: please)?(?: tell me| say)?"
    r"(?= (?:what|which|how|where|who|if|whether|the|all|this|count|list|describe))"
    r"|tell me|say|i (?:wonder|was wondering)|do you know|if|whether) "
)
THANKS = re.compile(r"(?: (?:please|thanks|thank you|thanks in advance))+$")
SHORT = {
    "ppl": "people", "r": "are", "u": "you", "pls": "please", "plz": "please", "pic": "picture",
    "img": "image", "thx": "thanks",
    "what's": "what is", "whats": "what is", "where's": "where is", "who's": "who is",
    "there's": "there is", "how's": "how is", "it's": "it is", "that's": "that is",
}  # fmt: skip


def parse(question: str) -> Question | None:
    """What is asked; None if it is nothing that can be answered."""
    words = re.findall(r"[\w']+", question.lower().replace("’", "'"))
    if len(words) > MOST_WORDS:
        return None
    text = " ".join(SHORT.get(word, word) for word in words)
    text = THANKS.sub("", text)
    while (shorter := POLITE.sub("", text, count=1)) != text:
        text = shorter
    shape, nouns = _nouns(text.split())
    for asks, pattern in SHAPES:
        if found := re.fullmatch(pattern, shape):
            groups = found.groupdict()
            # Of several nouns the first is asked about ("a dog on the couch"), or the first two.
            asked = nouns[: 2 if re.search("# (?:or|and) (?:(?:an?|any|the) )?#", shape) else 1]
            if asks == "what" and shape.startswith("who"):
                asked = ["people"]
            kinds = [imagenet.nouns()[noun] for noun in asked if noun not in WORDS]
            return Question(
                asks,
                frozenset().union(*(WORDS.get(noun, ()) for noun in asked)),
                _together(kinds),
                " or ".join(asked),
                groups.get("side") or "",
                _number(groups.get("count")),
                groups.get("compare") or "",
            )
    return None


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
