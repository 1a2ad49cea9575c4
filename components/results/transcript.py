"""A transcript with its sound: a click on a time stamp plays from there (assets/page.js)."""

from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components.results import differences
from components.results.files import text_file
from components.results.view import Files, Inputs, SimpleView
from components.sentences import in_a_sentence
from components.translations import text
from pipelines.errors import InputError
from pipelines.languages import name
from pipelines.subtitles import srt, timed_pieces, webvtt

CHUNK = Markup(
    '<li><button type="button" data-start="{start}" data-end="{end}" '
    'aria-label="Play from {clock}">{clock}</button> {text}</li>'
)
WORD = Markup(
    '<li><button type="button" data-start="{start}" data-end="{end}" '
    'aria-label="{text}, play from {clock}">{text}</button></li> '
)
TRANSCRIPT = Markup(
    '<div class="transcript"><audio controls src="{source}"></audio>'
    '<ol class="{kind}">{chunks}</ol></div>'
)


class TranscriptView(SimpleView):
    """{"text", "language"?, "chunks"?} → the language, text to copy, and pieces with times to
    click."""

    readable = True

    def build(self) -> list[Component]:
        """The language, the text, and the pieces."""
        return [
            gr.HTML(visible=False),
            gr.Textbox(
                label=text("Transcript"), lines=4, max_lines=20, interactive=False, buttons=["copy"]
            ),
            gr.HTML(label=text("Time stamps")),
        ]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The text so far and its pieces; the player comes with the last."""
        pieces = _chunks(value, inputs["audio"]) if final else gr.skip()
        language = _language(value)
        return [gr.update(value=language, visible=bool(language)), value["text"], pieces]

    def clear(self) -> list[Any]:
        """No text."""
        return [gr.update(value="", visible=False), "", ""]

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Languages, and words that differ."""
        heard = [result.get("language") for result in (one, other)]
        told = ""
        if all(heard) and heard[0] != heard[1]:
            first, second = (in_a_sentence(name(one)) for one in heard)
            told = text("The first heard {first}, the second {second}.", first=first, second=second)
        return differences.paragraphs(told) + differences.texts(self.words(one), self.words(other))

    def files(self) -> Files:
        """The text; with its times as subtitles, too."""
        return {
            "txt": lambda value, inputs: text_file(self.words(value)),
            "srt": lambda value, inputs: text_file(srt(_timed(value))),
            "vtt": lambda value, inputs: text_file(webvtt(_timed(value))),
            **super().files(),
        }

    def words(self, value: Any) -> str:
        """What was said."""
        return str(value["text"]).strip()


def _timed(value: Any) -> Any:
    """The pieces with their times.

    Raises:
        InputError: there are none.
    """
    if not value.get("chunks"):
        raise InputError(
            "Subtitles need times.", "Choose return_timestamps in the options and run again."
        )
    return timed_pieces(value)


def _language(value: Any) -> str:
    """ "Language: French, 98%"; no number for a language that was given."""
    if "language" not in value:
        return ""
    probability = value.get("language_probability")
    percent = "" if probability is None else f", {probability:.0%}"
    language = Markup("{}").format(in_a_sentence(name(value["language"])))
    return text("Language: {name}", name=language) + percent


def _chunks(value: Any, audio: dict[str, Any]) -> str:
    if not value.get("chunks"):
        return ""
    words = "segments" in value
    chunks = Markup("").join(
        (WORD if words else CHUNK).format(
            start=start, end=end, clock=_clock(start), text=chunk["text"]
        )
        for chunk in value["chunks"]
        for start, end in [chunk["timestamp"]]
    )
    source = audio.get("url") or f"/gradio_api/file={audio['path']}"
    return TRANSCRIPT.format(source=source, chunks=chunks, kind="words" if words else "pieces")


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
