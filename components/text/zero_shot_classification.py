"""The zero-shot-classification tab: a text and labels as chips in, labelled bars out."""

from components.results import LabelBars
from components.tab import Tab

TAB = Tab(
    task="zero-shot-classification",
    view=LabelBars,
    examples=[
        ["The match ended 2:1 after extra time.", ["sport", "politics", "cooking"]],
        ["This is a course about the Transformers library.", ["education", "politics", "business"]],
        ["My parcel still has not arrived.", ["delivery", "refund", "technical problem", "praise"]],
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("zero-shot-classification", model="{model}")
print(pipe({text}, candidate_labels={candidate_labels}))
""",
)
