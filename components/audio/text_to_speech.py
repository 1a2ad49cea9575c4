"""The text-to-speech tab: a text in, a voice out."""

from components.explanations.spectrogram import SPECTROGRAM_OF_SPEECH
from components.results import Sound
from components.tab import Tab

TAB = Tab(
    task="text-to-speech",
    view=Sound,
    explanations=(SPECTROGRAM_OF_SPEECH,),
    examples=[
        ["Good morning! The train to the coast leaves at half past nine."],
        ["She sells sea shells by the sea shore."],
        ["The answer is forty-two. Or 42, if you prefer digits."],
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("text-to-speech", model="{model}")
speech = pipe({text})
""",
)
