"""The text-classification tab: a text in, labelled bars out."""

from typing import Any

from components.explanations.decisive_words import DECISIVE_WORDS
from components.results import LabelBars
from components.tab import Tab

CODE = """
from transformers import pipeline

pipe = pipeline("text-classification", model="{model}")
print(pipe({given}, top_k={top_k}))
"""
PAIR = '{"text": {text}, "text_pair": {text_pair}}'


def transformers_code(options: dict[str, Any]) -> dict[str, str]:
    """The call for plain transformers, of one text or of two."""
    return {"": CODE.replace("{given}", PAIR if options["text_pair"] else "{text}")}


TAB = Tab(
    task="text-classification",
    view=LabelBars,
    examples=[
        ["The film is two hours long and feels like four."],
        ["I've been waiting for a course like this my whole life."],
        ["Not bad at all!"],
    ],
    transformers=transformers_code,
    explanations=(DECISIVE_WORDS,),
)
