"""“Spectrogram”: what a model hears of a sound, with the words it wrote down or the part it judged.

Played, its words light up one after the other, and a click on one plays from there
(assets/page.js).
"""

import base64
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
from markupsafe import Markup

from components.explanations.explanation import Explanation, Place, say
from components.record import Record
from components.results.view import first_of
from components.sentences import in_a_line
from components.translations import text
from pipelines.audio.spectrogram import BANDS, log_mel
from pipelines.errors import PlaygroundError
from pipelines.inputs import Audio, Sound
from pipelines.inputs.files import confined_to

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MOST_MOMENTS = 4_000  # columns of the picture; more no screen shows
PIXELS, PIXELS_OF_WORDS = 80, 200  # a second; words have to stand below it
LEAST_PIXELS, MOST_PIXELS = 320, 16_000
# From silent to loud, each step as much lighter as the one before (of matplotlib's inferno).
COLOURS = ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))
FIGURE = Markup(
    '<figure class="transcript spectrogram">{player}<div class="lab-scroll"><div class="sheet" '
    'style="width:{width}px"><img alt="{alt}" src="{source}">'
    '<i class="playhead"></i>{marks}</div></div><figcaption>{told}</figcaption></figure>'
)
PLAYER = Markup('<audio controls src="{source}"></audio>')
WORD = Markup(
    '<button type="button" data-start="{start:.2f}" data-end="{end:.2f}" title="{text}" '
    'style="left:{left:.2%};width:{width:.2%}">{text}</button>'
)
WINDOW = Markup('<span class="window" style="left:{left:.2%};width:{width:.2%}">{text}</span>')
TOLD = (
    "From left to right {seconds} s, from bottom to top 0 to 8,000 Hz in {bands} bands as wide "
    "as the ear hears them; the brighter, the louder. This is what a speech model is given."
)


def build(place: Place, record: Record, spoken: Any = None) -> None:
    """The picture of the sound that was given or, if the tab speaks, that was spoken."""
    settings = place.playground.settings
    given = record.inputs.get("audio")
    try:
        with confined_to(place.playground.file_folders):
            sound = Audio().read(given or spoken, settings)
    except PlaygroundError as error:
        say(in_a_line(error))
        return
    gr.HTML(figure(sound, given, [*marks(record, sound.seconds)]), elem_classes="explained")


def figure(sound: Sound, file: dict[str, Any] | None, marked: Sequence[Markup]) -> Markup:
    """The spectrogram with what is marked on it, and a player where there is a file to play."""
    player = Markup("")
    if file:
        player = PLAYER.format(source=file.get("url") or f"/gradio_api/file={file['path']}")
    # A word takes half a second or less, a piece of a transcript several.
    pixels = PIXELS_OF_WORDS if len(marked) > sound.seconds else PIXELS
    return FIGURE.format(
        player=player,
        width=min(MOST_PIXELS, max(LEAST_PIXELS, round(sound.seconds * pixels))),
        alt=text("Spectrogram of {seconds} s of sound", seconds=f"{sound.seconds:.1f}"),
        source=picture(log_mel(sound, MOST_MOMENTS)),
        marks=Markup("").join(marked),
        told=text(TOLD, seconds=f"{sound.seconds:.1f}", bands=BANDS),
    )


def marks(record: Record, seconds: float) -> Iterator[Markup]:
    """The words or pieces of a transcript at their times; the part that a classifier judged."""
    value = first_of(record.value)
    chunks = value.get("chunks", []) if isinstance(value, dict) else []
    for chunk in chunks:
        start, end = chunk["timestamp"]
        share = {"left": start / seconds, "width": max(0.0, min(end, seconds) - start) / seconds}
        yield WORD.format(start=start, end=end, text=chunk["text"].strip(), **share)
    if record.facts and record.facts.heard:
        start, end = record.facts.heard
        width = (min(end, seconds) - start) / seconds
        yield WINDOW.format(left=start / seconds, width=width, text=text("judged"))


def picture(values: "Array") -> str:
    """A PNG of loudness, shape (bands, moments), the lowest band at the bottom; as a data URL."""
    import numpy as np
    from PIL import Image

    steps = np.linspace(0, 1, len(COLOURS))
    channels = [np.interp(values[::-1], steps, channel) for channel in zip(*COLOURS, strict=True)]
    file = io.BytesIO()
    Image.fromarray(np.stack(channels, -1).astype(np.uint8)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


SPECTROGRAM = Explanation("Spectrogram: what the model hears", build)
SPECTROGRAM_OF_SPEECH = Explanation("Spectrogram", build, reads=(1,))
