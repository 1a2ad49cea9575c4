"""Speech as a waveform to play and download; while it is made, it plays from its first sentence on.

A player would restart at each sentence, so the sentences are files of their own, which
assets/page.js plays one after the other. The list of them is sent whole with each update, since an
update may be lost.
"""

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.utils import get_upload_folder
from markupsafe import Markup

from components.javascript import call
from components.results import differences
from components.results.view import Files, Inputs, SimpleView
from components.translations import text
from pipelines.outputs import Speech, wav

PIECES = Markup(
    '<div class="speech-pieces" hidden>{pieces}{playing} '
    '<button type="button">{pause}</button></div>'
)
PIECE = Markup('<i data-source="/gradio_api/file={path}"></i>')


class Sound(SimpleView):
    """Speech → a player."""

    def build(self) -> list[Component]:
        """The pieces to play meanwhile, and the player of the whole."""
        self._pieces = gr.HTML()
        return [
            self._pieces,
            gr.Audio(label=text("Speech"), interactive=False, buttons=["download"]),
        ]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The pieces so far; the sound once it is complete."""
        pieces = Markup("").join(PIECE.format(path=path) for path in _files(value))
        whole = (value.sampling_rate, value.samples) if final else gr.skip()
        return [
            PIECES.format(
                pieces=pieces, playing=text("Playing while it is made."), pause=text("Pause")
            ),
            whole,
        ]

    def clear(self) -> list[Any]:
        """No sound."""
        return ["", None]

    def wire(self, json: Component) -> None:
        """New pieces are played behind those before them."""
        self._pieces.change(
            None, self._pieces, None, js=call("playSpeech"), api_visibility="private"
        )

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The Hub's shape without the sound, which as base64 would slow the page."""
        samples = len(value.samples)
        seconds = samples / value.sampling_rate
        told = f"left out here: a WAV file of {samples} samples, {seconds:.1f} s"
        return {"audio": told, "sampling_rate": value.sampling_rate}

    def kept(self, value: Any) -> Any:
        """How long it is: an hour's samples are 160 MB, and the player has them in a file."""
        seconds = len(value.samples) / value.sampling_rate
        return {"seconds": seconds, "sampling_rate": value.sampling_rate}

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """How long each speaks."""
        first, second = (f"{result['seconds']:.1f} s" for result in (one, other))
        rate, other_rate = (f"{result['sampling_rate']:,}" for result in (one, other))
        return differences.paragraphs(
            text(
                "The first speaks for {first}, the second for {second}, at {rate} and {other} Hz.",
                first=first,
                second=second,
                rate=rate,
                other=other_rate,
            )
        )

    def shown_again(self, kept: Any) -> Any:
        """None: the samples are not kept."""
        return None

    def files(self) -> Files:
        """None: the player offers its own."""
        return {}


def _files(speech: Speech) -> list[Path]:
    """The pieces as files in the folder that gradio serves; each is written once."""
    paths = []
    for start, end in pairwise((0, *speech.cuts)):
        samples = speech.samples[start:end]
        # No voice says the same twice; all samples of all pieces at each update would be slow.
        name = hashlib.sha256(samples[::64].tobytes()).hexdigest()
        path = Path(get_upload_folder(), "speech", f"{name}.wav")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav(Speech(samples, speech.sampling_rate)))
        paths.append(path)
    return paths
