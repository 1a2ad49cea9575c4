"""The inputs and options of a task, declared once in its adapter's signature.

`text: Annotated[str, Text("Text")]` says what a tab shows, what the endpoint accepts, and how the
value is validated before any model is loaded. Each kind of input is one file, the options
share one; each is a frozen dataclass whose `read(value, settings)` returns a clean value or raises
InputError.
"""

from pipelines.inputs.audio import Audio, Sound
from pipelines.inputs.image import Image, Picture
from pipelines.inputs.json_schema import JsonSchema
from pipelines.inputs.labels import Labels
from pipelines.inputs.messages import Messages
from pipelines.inputs.options import (
    Choice,
    Flag,
    InView,
    Language,
    Line,
    LongText,
    Number,
    StopStrings,
    Timestamps,
    Voice,
    Words,
)
from pipelines.inputs.text import Text
from pipelines.inputs.tools import Tools

Input = Text | Image | Audio | Labels | Messages
Option = (
    Number
    | Choice
    | Language
    | Voice
    | Flag
    | Timestamps
    | Line
    | LongText
    | StopStrings
    | Words
    | JsonSchema
    | Tools
)

__all__ = [
    "Audio",
    "Choice",
    "Flag",
    "Image",
    "InView",
    "Input",
    "JsonSchema",
    "Labels",
    "Language",
    "Line",
    "LongText",
    "Messages",
    "Number",
    "Option",
    "Picture",
    "Sound",
    "StopStrings",
    "Text",
    "Timestamps",
    "Tools",
    "Voice",
    "Words",
]
