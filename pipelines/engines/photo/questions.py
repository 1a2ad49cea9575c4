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


THE = (
    r"(?: (?:the|a|an|any|some|this|that|these|those|all|all the|all of the|one of the|your"
    r"|both(?: the| an?)?))?"
)
AN = r"(?:the|this|that|my|an?|your)"
THING = r"(?:things?|objects?|items?|stuff|anything|something)"
SEE = r"(?:see|seen|spot|find|count|identify|recogni[sz]e|detect|make out|notice)"
WHO = r"(?:you|we|i|one)"
HERE = (
    r"(?: (?:here|there|around|anywhere|please|altogether|in total|visible|present|shown|depicted"
    r"|exactly|now|sitting|standing|lying|located|placed|(?:in|on|at|inside|within|of|from|across)"
    rf" (?:it|{AN} (?:(?!(?:back|fore)ground|front|back|distance|way)\w+|#))))*"
)
POSE = r"(?: (?:sitting|standing|lying|located|placed|sits?|stands?|lies?))?"
SEEN = (
    rf"(?: (?:are|is)(?: there| their)?| there (?:are|is)| (?:can|do|could|did) {WHO} {SEE}"
    rf"| {WHO} (?:can )?{SEE}| do {WHO} have| (?:can|could) be {SEE}"
    r"| (?:appears?|stands?|sits?|lies?)| does (?:it|this|#|the \w+) (?:show|have|contain))?"
)
MOST = r"(?:largest|biggest|main|most prominent|tallest|smallest)"
KIND = r"(?:kinds?|types?|sorts?|breeds?|species|makes?|models?|variet(?:y|ies)|races?)"
SIDE = (
    r"(?P<side>left|right|above|over|below|under|underneath|beneath|on top|next|beside|near|close)"
)
PHOTO = r"(?: (?:photo|photograph|picture|image|drawing) of)?"
COMPARE = r"(?: (?P<compare>more than|at least|fewer than|less than|at most))?"
NUMBER = rf"(?: only| just| exactly)?(?:{COMPARE} (?P<count>{'|'.join(NUMBERS[1:])}|\d{{1,4}}))?"

# Each may begin with "please", "tell me" and the like; # stands for a noun.
SHAPES = (
    (
        "count",
        rf"(?:how many|how much|count|(?:what is )?(?:the )?(?:number|amount) of){THE}"
        rf" (?:#|{THING}){SEEN}{HERE}",
    ),
    (
        "where",
        rf"(?:where|where exactly|in which part|on which side) (?:is|are|can {WHO} {SEE}|do {WHO} "
        rf"{SEE}){THE} #{POSE}{HERE}",
    ),
    ("where", rf"(?:show(?: me)?|find|locate|point (?:out|to)){THE} #{HERE}"),
    (
        "on",
        rf"(?:what|who|(?:is|are) there {THING}|which #|what #)(?: is| are)?(?: there)?{POSE}"
        rf" (?P<side>on|in|inside){THE} #{HERE}",
    ),
    ("is on", rf"(?:is|are) (?:the|this|that|these|those) #{POSE} (?P<side>on|in|inside){THE} #"),
    (
        "is beside",
        rf"(?:is|are)(?: there)?{THE} #{POSE}(?: to| on| at)?(?: the)? {SIDE}(?: hand)?(?: side)?"
        rf"(?: of| from| to)?{THE} #{HERE}",
    ),
    (
        "beside",
        rf"(?:what|who|(?:what|which) (?:{THING}|#)|is there {THING})"
        rf"(?: is| are| do {WHO} {SEE}| can {WHO} {SEE})?(?: there)?{POSE}"
        rf"(?: to| on| at)?(?: the)? ?{SIDE}(?: hand)?(?: side)?(?: of| from| to)?{THE} #{HERE}",
    ),
    ("beside", rf"(?:what|who) (?:is|are){THE} #{POSE}(?: to the)? {SIDE}(?: of| to| from)?{HERE}"),
    (
        "else",
        rf"(?:(?:is|are) there )?(?:what|who|{THING}|(?:what|which) {THING})(?: else)?{SEEN}"
        rf"(?: else)? (?:besides|except|except for|apart from|other than|aside from){THE} #{HERE}",
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
    (
        "kind",
        rf"what (?:(?:is|are){THE} # (?:called|named)|is the name of (?:this|that) #"
        rf"|do {WHO} call{THE} #){HERE}",
    ),
    ("is", rf"(?:is|are) (?:this|that|it|these|those){THE}{PHOTO}{THE}{NUMBER} #{HERE}"),
    ("is", rf"(?:is|are) (?:the|this|that|these|those) #{THE} #"),
    ("any", rf"(?:is|are) there(?: also)?{THE}{NUMBER} #{SEEN}{HERE}"),
    ("any", rf"(?:is|are){THE}{NUMBER} #{HERE}"),
    ("any", rf"(?:do|can|could|did) {WHO}(?: also)? {SEE}{THE}{NUMBER} #{HERE}"),
    (
        "any",
        rf"(?:does|do) (?:it|this|that|the \w+)(?: also)? (?:show|have|contain|include){THE}"
        rf"{NUMBER} #{HERE}",
    ),
    ("any", rf"(?:do|does|can|could){THE}{NUMBER} # (?:appear|exist|show up|be {SEE}){HERE}"),
    ("any", rf"(?:(?:any|an?) )?#{SEEN}{HERE}"),
    ("any", rf"(?:there (?:is|are)|{WHO} (?:can )?{SEE}){THE}{NUMBER} #{SEEN}{HERE}"),
    (
        "what",
        rf"(?:what|which|who|is there {THING})(?: #| {THING})?(?: else)?"
        r"(?: (?:is|are)(?: (?:this|that|it|these|those))?)?"
        rf"{SEEN}{HERE}",
    ),
    ("what", rf"what (?:does|do) (?:it|this|the \w+) (?:show|contain|depict){HERE}"),
    ("what", rf"what (?:is (?:happening|going on)|am i looking at|do {WHO} have){HERE}"),
    (
        "what",
        rf"(?:describe|caption)(?: (?:this|the|it|that|what {WHO} {SEE}))?(?: \w+)?{HERE}"
        r"(?: in detail| briefly)?(?: for [\w# ]+)?",
    ),
    ("what", r"about (?:this|it|(?:this|the) (?:photo|photograph|picture|image))"),
    ("what", rf"(?:list|name){THE}(?: everything)?(?: (?:#|{THING}))?{SEEN}{HERE}"),
    ("what", rf"everything(?: that)?{SEEN}{HERE}"),
)
# What is written is asked for in too many ways to list them; these are of the words themselves.
SIGN = (
    r"(?:signs?|labels?|posters?|banners?|billboards?|placards?|badges?|t? ?shirts?|sweatshirts?"
    r"|jumpers?|sweaters?|plates?|screens?|tickets?|pages?)"
)
TEXT = re.compile(
    r"(?!.*\b(?:why|translate|language|summari[sz]e|colou?r|font|mean|how many)\b)"
    r".*\b(?:say|says|said|written|printed|read|reads|texts?|words?|letters|writing|spell)\b.*"
    rf"|what is(?: there)? on (?:the|this|that|his|her|my|your) (?:\w+ )?{SIGN}{HERE}"
)
WORDED = (
    r"(?!(?:that|what|anything|something|where|when|who|how|why|if|whether|the|to|more|else"
    r"|in|on|visible|written|shown|printed)\b)"
    r"(?P<words>\w+(?: \w+){0,2})"
)
SAYS = re.compile(
    rf"does (?:it|this|that|any \w+|(?:the|this|that)(?: \w+){{1,2}}) "
    rf"(?:say|read|spell|contain the (?:words?|text))(?: the words?)? {WORDED}"
    rf"|(?:does|is) the (?:words?|name|number) {WORDED.replace('words>', 'word>')}"
    r" (?:appear|written|visible|there|shown|printed|in (?:it|(?:the|this) \w+))(?: anywhere)?"
    rf"{HERE}"
)
# Several nouns of which each is asked about ("and") or any ("or").
LIST = re.compile(rf"#(?:(?: ,(?: (?:and|or|nor|with))?| (?:and|or|nor|with))(?: also)?{THE} #)*")
PART = re.compile(
    r" (?:on|at|in|to) the (?P<part>(?:(?:top|upper|bottom|lower) )?(?:left|right)"
    r"|top|bottom|middle|cent(?:re|er))(?: hand)?(?: side| half| part| corner)?"
    r"(?! of (?!(?:the|this|that|my|your) (?:photo|photograph|picture|image)\b|it\b))(?= |$)"
)
EACH = {"any", "is", "count", "where", "kind", "what"}  # may be asked of several nouns
IN_PART = {"any", "count", "what", "largest"}
YES_OR_NO = {"any", "is", "is on", "is beside"}
AT = re.compile(rf"(?P<side>in|on|inside) {AN} #")
TWO = {"on", "beside", "is on", "is beside"}  # what is asked for, and what that is beside or on
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
