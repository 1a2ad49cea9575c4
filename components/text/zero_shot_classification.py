"""The zero-shot-classification tab: a text and labels as chips in, labelled bars out."""

from components.explanations.decisive_words import DECISIVE_WORDS
from components.results import LabelBars
from components.tab import Tab

ENTAILMENT = """
from transformers import pipeline

pipe = pipeline("zero-shot-classification", model="{model}")
labels = {candidate_labels}
template = {hypothesis_template}
print(pipe({text}, labels, multi_label={multi_label}, hypothesis_template=template))
"""

TAB = Tab(
    task="zero-shot-classification",
    view=LabelBars,
    explanations=(DECISIVE_WORDS,),
    examples=[
        ["The match ended 2:1 after extra time.", ["sport", "politics", "cooking"]],
        ["This is a course about the Transformers library.", ["education", "politics", "business"]],
        ["My parcel still has not arrived.", ["delivery", "refund", "technical problem", "praise"]],
    ],
    transformers={"minilm": "", "": ENTAILMENT},  # the pipeline knows no embedding models
)
