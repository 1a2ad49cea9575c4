"""The audio-classification tab: a sound in, labelled bars out."""

from components.examples import file
from components.explanations.spectrogram import SPECTROGRAM
from components.results import LabelBars
from components.tab import Tab

TAB = Tab(
    task="audio-classification",
    view=LabelBars,
    explanations=(SPECTROGRAM,),
    # The last two are for the model "Spoken digits"; an example cannot pick a model yet.
    examples=[
        [file(name)]
        for name in (
            "weather.mp3",
            "french.mp3",
            "german.mp3",
            "digits/7_theo_0.wav",
            "digits/3_nicolas_0.wav",
        )
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("audio-classification", model="{model}")
print(pipe({audio}, top_k={top_k}))
""",
)
