"""What a task takes in, described once in an adapter's signature.

`text: Annotated[str, Text("Text")]` says what a tab shows, what the endpoint accepts, and how the
value is checked and read before any model is loaded. Each kind of input is one file, the options
share one; each is a frozen dataclass whose `read(value, settings)` returns a clean value or raises
InputError.
"""

from pipelines.inputs.audio import Audio, Sound
from pipelines.inputs.image import Image, Picture
from pipelines.inputs.labels import Labels
from pipelines.inputs.messages import Messages
from pipelines.inputs.options import Choice, Flag, Language, Line, Number
from pipelines.inputs.text import Text

Input = Text | Image | Audio | Labels | Messages
Option = Number | Choice | Language | Flag | Line

__all__ = [
    "Audio",
    "Choice",
    "Flag",
    "Image",
    "Input",
    "Labels",
    "Language",
    "Line",
    "Messages",
    "Number",
    "Option",
    "Picture",
    "Sound",
    "Text",
]
