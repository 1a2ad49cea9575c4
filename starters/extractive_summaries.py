"""Measures the extractive summary on ten articles of our own.

    python -m starters all-minilm-l6-v2 --evaluate

Nothing is trained here, and nothing was tuned on the articles. A newspaper's first sentences say
most of an article, so the summary is held against as many words of them: ROUGE-2, told and no
target. Seconds are of a page of 500 words, and a ratio to those of its sentences' vectors alone.
"""

import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipelines import Playground
from pipelines.sentences import sentences
from pipelines.settings import from_environment
from pipelines.text.extraction import count_words
from starters.starter import Figure, Starter

NAME = "all-minilm-l6-v2"
ARTICLES = Path(__file__).with_name("articles.txt")
MAX_LENGTH = 60  # words
RUNS = 9


def figures(folder: Path, data: Path | None = None) -> list[Figure]:
    """Of all articles, and of three as a page."""
    playground = Playground(from_environment())
    articles = [one.strip() for one in ARTICLES.read_text("utf-8").split("\n\n")]
    summaries = [_summary(playground, one) for one in articles]
    shared = [
        rouge_2(one, first_sentences(article))
        for one, article in zip(summaries, articles, strict=True)
    ]
    faithful = [
        one.strip() in article
        for summary, article in zip(summaries, articles, strict=True)
        for one in sentences(summary, "en")
    ]
    page = "\n\n".join(articles[:3])
    found = [one.strip() for one in sentences(page, "en")]
    whole = _seconds(lambda: _summary(playground, page))
    vectors = _seconds(lambda: playground.run("feature-extraction", {"text": found}, NAME))
    words = count_words(page)
    return [
        Figure("ROUGE-2 against the first sentences", statistics.mean(shared), len(articles)),
        Figure(
            "sentences that are the text's own", statistics.mean(faithful), len(faithful), "≥ 1"
        ),
        Figure(f"seconds for a page of {words} words", whole, RUNS, "≤ 0.3"),
        Figure("the same ÷ its sentences' vectors alone", whole / vectors, RUNS),
    ]


def rouge_2(summary: str, reference: str) -> float:
    """F1 of the pairs of neighbouring words."""
    pairs = [_pairs(summary), _pairs(reference)]
    return 2 * (pairs[0] & pairs[1]).total() / (pairs[0].total() + pairs[1].total())


def first_sentences(article: str) -> str:
    """The sentences from the beginning that a summary would have room for."""
    lead = ""
    for one in sentences(article, "en"):
        if count_words(lead + one) > MAX_LENGTH:
            break
        lead += one
    return lead


def _pairs(text: str) -> Counter[tuple[str, str]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(pairwise(words))


def _summary(playground: Playground, text: str) -> str:
    answer = playground.run("summarization", {"text": text}, NAME, {"max_length": MAX_LENGTH})
    return str(answer.value["summary_text"])


def _seconds(work: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


STARTER = Starter(name=NAME, figures=figures)
