"""The feature-extraction tab: sentences in, heat maps and their similarities out."""

from typing import Any

from components.explanations.sentence_map import SENTENCE_MAP
from components.results import Vectors
from components.results.vectors import MOST_LINES, lines_of
from components.tab import Tab


def lines_as_texts(given: dict[str, Any]) -> dict[str, Any]:
    """Each line is a text of its own, unless token vectors are asked for; all are one batch."""
    lines = lines_of(given["text"] or "")
    if given["pooling"] == "none" or len(lines) < 2:
        return {"text": given["text"]}
    return {"text": lines[:MOST_LINES]}


TAB = Tab(
    task="feature-extraction",
    view=Vectors,
    batch=lines_as_texts,
    explanations=(SENTENCE_MAP,),
    defaults={"pooling": "auto"},
    examples=[
        ["A cat sits on the mat.\nA kitten rests on the rug.\nThe stock market fell today."],
        ["How old are you?\nWhat is your age?\nWhere do you live?\nWhat is your address?"],
        ["The quick brown fox jumps over the lazy dog."],
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("feature-extraction", model="{model}")
print(pipe({text}))  # a vector for each token
""",
)
