"""The sentences that say most of a text: an extractive summary, faithful by construction.

    extract(["…", …], vectors, 60)
    [Extracted(0, "The lighthouse was built in 1874."), Extracted(5, "Today 30,000 people visit.")]

A sentence counts by how near its vector is to that of the whole text, less by how near it is to one
chosen before (maximal marginal relevance; Carbonell and Goldstein 1998). Knows no model: vectors
come from whoever has one. All are of length 1.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines import graphemes
from pipelines.capabilities import Vectors
from pipelines.sentences import CLOSING, clauses, sentences

RELEVANCE = 0.7  # against 0.3 for saying something new
SAME = 0.85  # the cosine from which two sentences say the same
FEWEST_WORDS = 4  # fewer are headings and exclamations: taken only where there is nothing else
LONGEST = 1_000  # characters of a sentence; what has no ends (a log, a table) is read in parts
# Scripts without spaces: two of their characters count as one word.
CHARACTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
UNSPACED = re.compile(f"[{CHARACTERS}]")
BROKEN_WORD = re.compile(rf"[^\s{CHARACTERS}]+\Z")
WORD_CHARACTERS = 2
# Of all scripts: Arabic and Urdu, Devanagari, Armenian, Ethiopic, Burmese and Khmer have their own.
SENTENCE_END = re.compile(r"[.!?…؟۔।॥։።](?=\s|$)|[。！？၊။។]")
CLAUSE_END = re.compile(r"[,;:–—،؛](?=\s|$)|[，、；：]")
# Thai, Lao, Khmer and Burmese have spaces between clauses only.
PHRASE_END = re.compile(r"(?<=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\s")
LIST_ITEM = re.compile(r"(?:[-*•‣–—]|\(?\d{1,3}[.)])\s")
FOOTNOTES = re.compile(r"(?:\[\w{1,3}\])+$")  # behind a sentence: [1]
CUT = "…"


@dataclass(frozen=True)
class Extracted:
    """A sentence of a summary and which of the text's it is."""

    index: int
    text: str


def count_words(text: str) -> int:
    """How many words a text has; the characters of scripts without spaces count half."""
    spaced, unspaced = UNSPACED.subn(" ", text)
    return len(spaced.split()) + -(-unspaced // WORD_CHARACTERS)


def first_words(text: str, words: int, at_least: int = 0) -> str:
    """At most so many words of a text: whole sentences, else a beginning marked as cut.

    The cut is made behind a clause where there is one in the second half, `at_least` so many words
    from the beginning.
    """
    if count_words(text) <= words:
        return text
    end = bisect_right(range(1, len(text)), words, key=lambda at: count_words(text[:at]))
    begin = graphemes.cut(text, end)
    if not UNSPACED.match(text, end) and not text[end].isspace():
        begin = BROKEN_WORD.sub("", begin) or begin
    for break_ in (SENTENCE_END, CLAUSE_END, PHRASE_END):
        ends = [match.end() for match in break_.finditer(begin)]
        far = ends and ends[-1] > len(begin) / 2
        if far and count_words(begin[: ends[-1]]) >= at_least:
            begin = begin[: ends[-1]]
            break
    ended = SENTENCE_END.search(begin[-1:])
    return begin if ended else begin.rstrip(" \u200b,;:-–—،؛，、；：") + CUT


def candidates(text: str, language: str) -> list[str]:
    """The sentences of a text, in order; overlong ones in parts."""
    found = (
        " ".join(part.split())
        for sentence in sentences(text, language)
        for part in clauses(sentence, lambda piece: len(piece) <= LONGEST)
    )
    return [one for one in found if any(map(str.isalnum, one))]


def extract(
    found: Sequence[str], vectors: Vectors, max_words: int, min_words: int = 0
) -> list[Extracted]:
    """The sentences to keep, in the text's order, together no longer than `max_words`.

    Where not even one is so short, the beginning of the best; so where they have fewer words than
    `min_words`, with them.
    """
    lengths = np.array([count_words(one) for one in found])
    whole = (vectors * lengths[:, None]).sum(0)
    nearness = vectors @ whole / max(float(np.linalg.norm(whole)), 1e-9)
    worth = np.where(lengths >= FEWEST_WORDS, nearness, -np.inf)
    if not np.isfinite(worth[lengths <= max_words]).any():
        worth = nearness  # nothing but headings is short enough
    kept: dict[int, str] = {}
    said = np.full(len(found), -1.0)  # how near each is to the nearest one chosen
    left = max_words
    while True:
        marginal = RELEVANCE * worth - (1 - RELEVANCE) * np.maximum(said, 0)
        marginal[(lengths > left) | (said >= SAME)] = -np.inf
        best = int(marginal.argmax())
        if not np.isfinite(marginal[best]):
            break
        kept[best] = found[best]
        left -= int(lengths[best])
        said = np.maximum(said, vectors @ vectors[best])
        said[best] = 1.0
    while len(kept) < len(found) and (not kept or max_words - left < min_words):
        marginal = RELEVANCE * nearness - (1 - RELEVANCE) * np.maximum(said, 0)
        marginal[list(kept)] = -np.inf
        best = int(marginal.argmax())
        kept[best] = first_words(found[best], left, min_words - (max_words - left))
        left -= count_words(kept[best])
    return [Extracted(index, kept[index]) for index in sorted(kept)]


def joined(summary: Sequence[Extracted]) -> str:
    """The summary as one text; no spaces before a script that has none.

    What ends with no sentence, an item of a list or a line of code, stays a line of its own.
    """
    text = ""
    for one in summary:
        ended = SENTENCE_END.search(FOOTNOTES.sub("", text).rstrip(CLOSING)[-1:])
        if text and (not ended or LIST_ITEM.match(one.text)):
            text += "\n"
        elif text and not UNSPACED.match(one.text):
            text += " "
        text += one.text
    return text
