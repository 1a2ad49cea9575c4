"""The automatic-speech-recognition tab: speech in, a transcript with times to click out."""

from components.examples import file
from components.explanations.spectrogram import SPECTROGRAM
from components.results import TranscriptView
from components.tab import Tab

PLAIN = """
from transformers import pipeline

pipe = pipeline("automatic-speech-recognition", model="{model}")
print(pipe({audio}))
"""
WHISPER = """
from transformers import pipeline

pipe = pipeline("automatic-speech-recognition", model="{model}")
spoken = {"language": {language}, "task": {task}}
print(pipe({audio}, return_timestamps={return_timestamps}, generate_kwargs=spoken))
"""

TAB = Tab(
    task="automatic-speech-recognition",
    view=TranscriptView,
    explanations=(SPECTROGRAM,),
    defaults={"return_timestamps": True},
    live=True,
    examples=[[file("weather.mp3")], [file("library.mp3")], [file("french.mp3")]],
    transformers={r"\.en": PLAIN, "whisper": WHISPER, "": PLAIN},
)
