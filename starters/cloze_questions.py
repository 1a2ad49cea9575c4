"""Questions made by rules from plain paragraphs: what the question answering starter learns first.

    python -m starters.cloze_questions --data DIR

An answer is a name, a number, a date or a noun phrase of a paragraph; its sentence with a question
word in its place, words left out, moved and replaced by WordNet's synonyms, is the question (Lewis
et al. 2019, "Unsupervised question answering by cloze translation"). The command finds the answers,
names by the bundled named-entity starter, in DIR/prose/articles.txt (`starters.prose`) and in the
training paragraphs of DIR/qa, and writes DIR/spans/spans.jsonl; a question is made anew each time
it is asked for.
"""

import argparse
import json
import random
import re
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE = re.compile(
    rf"\b(?:\d{{1,2}} )?(?:{MONTHS})(?: \d{{1,2}}(?:st|nd|rd|th)?)?(?:,? \d{{4}})?\b"
    r"|\b1\d{3}s?\b|\b20[0-2]\d\b|\b\d{1,2}th century\b"
)
COUNTED = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred"
    "|thousand|million|billion"
)
NUMBER = re.compile(
    rf"[$€£]?\b\d[\d,.]*\d?(?: ?%| percent)?(?: (?:million|billion|trillion))?|\b(?:{COUNTED})\b"
)
SMALL = set(
    "a about above after again against all also although am an and any are as at be became"
    " because been before being below between both but by called came can could did do does"
    " doing down during each either et etc even few for from further had has have having he her"
    " here hers him himself his how however if in into is it its itself just like made many may"
    " me might more most much must my no nor not now of off often on once one only or other our"
    " out over own per same several shall she should since so some such than that the their them"
    " then there therefore these they this those though through thus to too under until up upon"
    " us used using usually very was we well were what when where whether which while who whom"
    " whose why will with within without would yet you your".split()
)
PHRASE = re.compile(
    r"(?:\b(?:the|a|an|of|by|as|with|called|for|in|into|from)\s+)((?:[a-z][a-z-]+\s){0,3}[a-z][a-z-]{3,})"
)
ASKED = {
    "PER": ("who", "who", "who", "which person", "whose"),
    "LOC": ("where", "where", "what country", "what city", "which place", "what place"),
    "ORG": ("what", "what organization", "which company", "who", "what group", "which team"),
    "MISC": ("what", "which", "what"),
    "DATE": ("when", "when", "what year", "in what year", "when", "what date"),
    "NUMBER": ("how many", "how many", "how much", "what number of", "how long"),
    "PHRASE": ("what", "what", "what", "which", "what type of", "what kind of", "how"),
}
AUXILIARIES = ("did", "was", "is", "does", "were", "are", "")
EVERY = 2  # of how many paragraphs of the articles one is taken


@dataclass(frozen=True)
class Paragraph:
    """A text, and its answers: first character, one past the last, kind."""

    text: str
    spans: list[tuple[int, int, str]]


def spans(text: str, names: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Names, then dates, numbers and noun phrases that overlap none before."""
    found = list(names)
    for kind, pattern, group in (("DATE", DATE, 0), ("NUMBER", NUMBER, 0), ("PHRASE", PHRASE, 1)):
        for match in pattern.finditer(text):
            start, end = match.span(group)
            if kind == "PHRASE":
                start, end = _phrase(text, start, end)
            short = kind == "PHRASE" and end - start < 6
            if start < end and not short and not any(start < b and a < end for a, b, _ in found):
                found.append((start, end, kind))
    return sorted(found)


def _phrase(text: str, start: int, end: int) -> tuple[int, int]:
    """The words of a phrase up to the first small one."""
    last = start
    for word in re.finditer(r"\S+", text[start:end]):
        if word[0] in SMALL or word[0].endswith("ly"):
            break
        last = start + word.end()
    return start, last


def read(file: Path) -> list[Paragraph]:
    """The paragraphs of a file that the command wrote."""
    rows = map(json.loads, file.read_text("utf-8").splitlines())
    return [Paragraph(row["text"], [(a, b, kind) for a, b, kind in row["spans"]]) for row in rows]


def synonyms(wordnet: Path) -> dict[str, list[str]]:
    """Single words of WordNet with those that share their most common meaning."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in ("noun", "verb", "adj"):
        for line in (wordnet / f"data.{part}").read_text("utf-8").splitlines():
            if line.startswith("  "):
                continue
            fields = line.split("|")[0].split()
            words = [fields[4 + 2 * n].lower() for n in range(int(fields[3], 16))]
            plain = [w for w in words if w.isalpha()]
            for word in plain:
                if fields[5 + 2 * words.index(word)] == "0":
                    found[word] |= {other for other in plain if other != word}
    return {word: sorted(others) for word, others in found.items() if others}


def question(
    text: str, start: int, end: int, kind: str, known: dict[str, list[str]], chance: random.Random
) -> str:
    """A question about the piece of the text that stands from `start` to `end`."""
    first = max(text.rfind(mark, 0, start) for mark in (". ", "! ", "? ")) + 1
    ends = [n for n in (text.find(mark, end) for mark in (". ", "! ", "? ")) if n >= 0]
    last = min(ends, default=len(text))
    left, right = text[first:start], text[end:last]
    if chance.random() < 0.7:  # the clause only
        left = re.split(r"[;:]| - |, (?:and|but|which|who|while)", left)[-1]
        right = re.split(r"[;:]| - |, (?:and|but|which|who|while)", right)[0]
    if chance.random() < 0.3:
        left = left.rsplit(", ", 1)[-1]
    if chance.random() < 0.3:
        right = right.split(", ", 1)[0]
    before, after = _words(left, known, chance), _words(right, known, chance)
    asked = chance.choice(ASKED[kind]).split()
    form = chance.random()
    if form < 0.25:
        words = [*before, *asked, *after]
    elif form < 0.85 or not before:
        auxiliary = [chance.choice(AUXILIARIES)] if before else []
        words = [*asked, *after, *before] if chance.random() < 0.3 else [*asked, *auxiliary]
        words += [] if words[len(asked) + len(auxiliary) :] else [*before, *after]
    else:
        words = [*before, *after]
        chance.shuffle(words)
        words = [*asked, *words]
    return " ".join(words[:40]).strip() + "?"


def _words(text: str, known: dict[str, list[str]], chance: random.Random) -> list[str]:
    """A text's words, some left out, some replaced, neighbours swapped."""
    kept = []
    for word in re.findall(r"[\w'’%$-]+", text):
        small = word.lower() in SMALL
        if chance.random() < (0.35 if small else 0.2):
            continue
        if not small and word.lower() in known and chance.random() < 0.25:
            word = chance.choice(known[word.lower()])
        kept.append(word)
    for place in range(len(kept) - 1):
        if chance.random() < 0.1:
            kept[place], kept[place + 1] = kept[place + 1], kept[place]
    return kept


def _names(playground: Any, text: str) -> list[tuple[int, int, str]]:
    found = playground.run("token-classification", {"text": text}, "named-entities").value
    names = [(one["start"], one["end"], one["entity_group"]) for one in found]
    return [(a, b, kind) for a, b, kind in names if re.fullmatch(r"\b\w.+\w\b", text[a:b])]


def main() -> None:
    """Read the command line."""
    from pipelines import Playground
    from pipelines.settings import from_environment
    from starters.marked_answers import cases

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    playground = Playground(from_environment())
    articles = (data / "prose" / "articles.txt").read_text("utf-8").splitlines()
    texts = [text for text in articles if 40 <= len(text.split()) <= 220][::EVERY]
    texts += sorted({case.context for case in cases(data)[0]})
    (data / "spans").mkdir(exist_ok=True)
    with (data / "spans" / "spans.jsonl").open("w", encoding="utf-8") as file:
        for text in texts:
            file.write(json.dumps(asdict(Paragraph(text, spans(text, _names(playground, text))))))
            file.write("\n")


if __name__ == "__main__":
    main()
