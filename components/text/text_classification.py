"""The text-classification tab: a text in, labelled bars out."""

from components.results import LabelBars
from components.tab import Tab

TAB = Tab(
    task="text-classification",
    view=LabelBars,
    examples=[
        ["I've been waiting for a course like this my whole life."],
        ["The film is two hours long and feels like four."],
        ["Not bad at all!"],
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("text-classification", model="{model}")
print(pipe({text}, top_k={top_k}))
""",
)
