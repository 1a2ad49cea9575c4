"""The image-classification tab: a picture in, labelled bars out."""

from components.examples import file
from components.results import LabelBars
from components.tab import Tab

TAB = Tab(
    task="image-classification",
    view=LabelBars,
    examples=[[file("dogs.jpg")], [file("coffee.jpg")], [file("cat.jpg")]],
    transformers="""
from transformers import pipeline

pipe = pipeline("image-classification", model="{model}")
print(pipe({image}, top_k={top_k}))
""",
)
