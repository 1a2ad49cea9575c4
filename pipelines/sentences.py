"""Sentences of a text in any language, by sentencex (Wikimedia's rules for some 300 languages).

    sentences("Dr. Smith paid $3.50. He left.\\n", "en")
    ["Dr. Smith paid $3.50. ", "He left.\\n"]

    clauses("He came, he saw, he left.", lambda text: len(text) <= 10)
    ["He came, ", "he saw, ", "he left."]

The pieces joined are the text, character by character: a sentence keeps the whitespace and the line
ends behind it. Knows no model; who calls `clauses` says what fits.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from pipelines import graphemes

LINE_END = re.compile(r"(?:\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])\s*")
# A line that goes on in the next one: text wrapped at a width, as in letters and read-mes.
WRAPPED_CHARACTERS = 40
# What sentencex 1.0.32 takes for the end of a sentence, by language; "" is for all.
ABBREVIATIONS = {
    "": "vol no nos fig figs pp art sec ch ed eds vs approx dept est",
    "fr": "m mm mme mmes mlle mlles me mgr st ste av bd env",
    "pt": "av sr sra srs sras dr dra drs prof profa pág págs tel sto sta",
    "es": "av avda sr sra srta srs dr dra ud uds pág págs tel sto sta",
    "it": "sig sigra sigg dott dottssa prof avv ing pag pagg tel sen",
    "de": "abb art aufl bd bzw ca dr evtl fr hr hrn inkl nr prof str tel vgl z zzgl",
    "nl": "dhr mevr mw dr prof nr blz bijv ca jl str tel",
}
BEFORE_NUMBER = frozenset("vol no nos fig figs pp art sec ch ed nr abb pág págs pag blz".split())
LAST_WORD = re.compile(r"(?:^|[\s(«“\"'’])([^\W\d_]+)\.\s+$")
# "Der 2. Weltkrieg": an ordinal number. Two sentences left together do less harm than one broken.
ORDINAL = re.compile(r"(?:^|\s)\d{1,2}\.[ \u00a0]+$")
ORDINAL_LANGUAGES = {"cs", "da", "de", "fi", "hr", "hu", "is", "lv", "nb", "no", "pl", "sk", "sl"}
CLOSING = "\"'”’»)]}」』）】"


def _behind(pattern: str) -> Callable[[str], Iterator[int]]:
    """What finds the ends of all matches in a text."""
    compiled = re.compile(pattern, re.DOTALL)
    return lambda text: (match.end() for match in compiled.finditer(text))


# From the widest break to the narrowest: semicolons and dashes, commas, spaces (also those of no
# width, which Thai and Khmer have between words), letters with their marks, any character.
BREAKS = (
    _behind(r"(?<=[;:.!?…])\s+|(?<=[。！？；：])|(?<=\s[-–—])\s+|(?<=—)"),
    _behind(r"(?<=[,،;])\s+|(?<=[，、；])"),
    _behind(r"(?<=[\s\u200b])(?=[^\s\u200b])"),
    graphemes.ends,
    _behind(r"(?<=.)(?=.)"),
)


def sentences(text: str, language: str) -> list[str]:
    """The sentences of a text, each with the whitespace behind it; `language` is a BCP 47 code.

    A line end ends a sentence, unless the line is a long one that its next line goes on with.
    """
    found = [one for lines in _lines(text) for one in _of_lines(lines, language)]
    if len(found) > 1 and not found[0].strip():  # blank lines at the beginning
        found[:2] = ["".join(found[:2])]
    return found


def clauses(sentence: str, fits: Callable[[str], bool]) -> list[str]:
    """A sentence in as few pieces as `fits` allows: clauses, where one is too long its words.

    Letters stay with their marks where these fit; a single character is never refused.
    """
    return list(_pieces(sentence, fits, 0))


def _pieces(text: str, fits: Callable[[str], bool], level: int) -> Iterator[str]:
    if level == len(BREAKS) or fits(text.strip()):
        if text:
            yield text
        return
    parts = _cut(text, BREAKS[level](text))
    start = 0
    while start < len(parts):
        end = _most(parts, start, fits)
        joined = "".join(parts[start:end])
        yield from _pieces(joined, fits, level + 1) if end == start + 1 else (joined,)
        start = end


def _most(parts: list[str], start: int, fits: Callable[[str], bool]) -> int:
    """Where the longest run of parts that fits ends; at least one part.

    Doubling, then halving: what fits is asked a few times for each piece, not for each character.
    """
    step, good = 1, start + 1
    while good < len(parts) and fits("".join(parts[start : good + step]).strip()):
        good = min(good + step, len(parts))
        step *= 2
    while step > 1:
        step //= 2
        if good + step <= len(parts) and fits("".join(parts[start : good + step]).strip()):
            good += step
    return good


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends and blank lines behind them; wrapped ones together."""
    begin = 0
    for match in LINE_END.finditer(text):
        following = text[match.end() : match.end() + 1]
        if not _goes_on(text[begin : match.start()], match.group(), following):
            yield text[begin : match.end()]
            begin = match.end()
    if text[begin:]:
        yield text[begin:]


def _goes_on(line: str, line_end: str, following: str) -> bool:
    last = LINE_END.split(line)[-1].rstrip()
    return (
        len(last) >= WRAPPED_CHARACTERS
        and len(line_end.splitlines()) == 1
        and (last[-1].isalnum() or last[-1] in ",-")
        and following.islower()
    )


def _of_lines(text: str, language: str) -> list[str]:
    import sentencex

    primary = language.lower().replace("_", "-").split("-")[0]
    found: list[str] = []
    for piece in sentencex.segment(primary, text):
        if found and (not piece.strip() or not _ends(found[-1], piece, primary)):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _ends(piece: str, following: str, language: str) -> bool:
    """Whether sentencex is right that a sentence ends here."""
    if all(c in CLOSING for c in following.strip()):
        return False  # a closing quotation mark belongs to the sentence before it
    if language in ORDINAL_LANGUAGES and ORDINAL.search(piece):
        return False
    if not (match := LAST_WORD.search(piece)):
        return True
    word = match[1].lower()
    if word in BEFORE_NUMBER:
        return not following[:1].isdigit()
    known = f"{ABBREVIATIONS['']} {ABBREVIATIONS.get(language, '')}".split()
    return word not in known


def _cut(text: str, ends: Iterable[int]) -> list[str]:
    bounds = [0, *(end for end in ends if 0 < end < len(text)), len(text)]
    return [text[a:b] for a, b in pairwise(bounds) if a < b]
