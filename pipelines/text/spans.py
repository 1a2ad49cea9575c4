"""A text as the spans that a translator is asked for, and what stands around them.

    spans("- Hello there. How are you?\\r\\n", "en", fits)
    [Span("- ", "Hello there.", " "), Span("", "How are you?", "\\r\\n")]

Paragraphs, blank lines, line ends, the marks of a list and lines of code are kept as they are; what
has no words, but numbers and addresses, is not translated. Knows no model; who calls says what fits
one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.sentences import LINE_END, clauses, sentences
from pipelines.text.verbatim import Part, blocks, parts

ONE_LINE_END = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
LIST_MARK = re.compile(r"(?:\s|[-*•–—>#]+\s|\(?\d{1,3}[.)]\s|\[[ xX]\]\s)*")
WITHOUT_SPACES = {"zh", "ja", "yue"}


@dataclass(frozen=True)
class Span:
    """What to translate between what stays; `text` is empty where nothing is to be translated.

    `line_ends` of a sentence that was wrapped, each with the share of the words before it.
    """

    lead: str
    text: str
    tail: str
    line_ends: tuple[tuple[float, str], ...] = ()

    def whole(self, translation: str) -> str:
        """The translation with what stands around it; wrapped where the sentence was."""
        words = translation.split(" ")
        for share, line_end in reversed(self.line_ends):
            at = round(share * len(words))
            if 0 < at < len(words):
                words[at - 1 : at + 1] = [words[at - 1] + line_end + words[at]]
        return self.lead + " ".join(words) + self.tail


def spans(text: str, source: str, target: str, fits: Callable[[str], bool]) -> list[Span]:
    """The spans of a text; a sentence that does not fit is several."""
    pieces = [piece for block in blocks(text) for piece in _pieces(block, source, fits)]
    return list(_spans(pieces, target.lower().split("-")[0].split("_")[0]))


def _pieces(block: Part, source: str, fits: Callable[[str], bool]) -> Iterator[Part]:
    if block.fixed:
        yield block
        return
    for sentence in sentences(block.text, source):
        yield from map(Part, clauses(sentence, fits))


def line_ends_of(given: str) -> list[str]:
    """Those of a text as it was given: cleaning makes them line feeds."""
    return ONE_LINE_END.findall(given.strip())


def with_line_ends(text: str, given: list[str]) -> str:
    """A text with these line ends, in their order."""
    ends = iter(given)
    return ONE_LINE_END.sub(lambda found: next(ends, found.group()), text)


def _spans(pieces: list[Part], target: str) -> Iterator[Span]:
    for index, part in enumerate(pieces):
        piece = part.text
        mark = LIST_MARK.match(piece)
        lead = mark.group() if mark else ""
        inner = piece[len(lead) :].rstrip()
        tail = piece[len(lead) + len(inner) :]
        if part.fixed or not any(one.has_words for one in parts(inner)):
            yield Span(piece, "", "")
            continue
        if not LINE_END.search(tail):
            last = index == len(pieces) - 1
            tail = "" if target in WITHOUT_SPACES else tail or " " * (not last)
        yield Span(lead, LINE_END.sub(" ", inner), tail, tuple(_line_ends(inner)))


def _line_ends(inner: str) -> Iterator[tuple[float, str]]:
    words = len(inner.split())
    for match in LINE_END.finditer(inner):
        yield len(inner[: match.start()].split()) / words, match.group()
