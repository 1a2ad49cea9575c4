"""The audio-classification tab: a sound in, labelled bars out."""

from components.examples import file
from components.results import LabelBars
from components.tab import Tab

TAB = Tab(
    task="audio-classification",
    view=LabelBars,
    examples=[[file("weather.mp3")], [file("french.mp3")], [file("german.mp3")]],
    transformers="""
from transformers import pipeline

pipe = pipeline("audio-classification", model="{model}")
print(pipe({audio}))
""",
)
