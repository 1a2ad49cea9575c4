"""Views: how a result in the Hub's shape is drawn on the page. One kind of result is one file.

A tab may import a view from its own file, so that adding one changes nothing here.
"""

from components.results.boxes import Boxes
from components.results.conversation import Conversation
from components.results.label_bars import LabelBars
from components.results.sound import Sound
from components.results.streamed_text import StreamedText
from components.results.transcript import TranscriptView
from components.results.vectors import Vectors
from components.results.view import View

__all__ = [
    "Boxes",
    "Conversation",
    "LabelBars",
    "Sound",
    "StreamedText",
    "TranscriptView",
    "Vectors",
    "View",
]
