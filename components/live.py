"""Live transcription: a button under a sound box; the text grows while one speaks.

The browser records (assets/page.js): gradio's own streaming recorder leaves out what is said before
its first event is open and after its end. It sends its samples through a hidden button, at most one
message at a time; a run reads them meanwhile as it reads any sound. At its end the recording stands
in the sound box, so that it can be played, run again and compared.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from components.event_options import QUIET
from components.javascript import call
from components.output_state import Values
from components.results.view import Inputs
from components.translations import text
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.inputs.audio import SAMPLING_RATE, SAMPLING_RATES
from pipelines.inputs.live_sound import LiveSound
from pipelines.outputs import Speech, wav
from pipelines.parse_json import parse_json

START = "Transcribe live"


class Live:
    """The buttons of a tab, and the sounds that its visitors are recording, by session."""

    def __init__(self, playground: Playground) -> None:
        self._longest = playground.settings.max_audio_seconds
        self._sounds: dict[str, LiveSound] = {}
        self.button = gr.Button(text(START), size="sm")
        self.start = gr.Button(visible="hidden", elem_classes="live-start")
        self.heard = gr.Button(visible="hidden", elem_classes="live-heard")

    def wire(self, running: dict[str, Any], box: Component) -> None:
        """Make the events; `running` are the options of the run, `box` takes what was recorded."""
        self.button.click(None, None, self.button, js=call("startOrEndLive"), **QUIET)
        self.heard.click(self._append, self.heard, None, js=call("livePiece"), **QUIET).then(
            None, None, None, js=call("livePieceSent"), **QUIET
        )
        self.start.click(**{**running, "outputs": [box, *running["outputs"]]}).then(
            None, None, self.button, js=call("liveEnded", text(START)), **QUIET
        )

    @contextmanager
    def recording(self, session: str) -> Iterator[Callable[[Inputs, Values], Inputs]]:
        """While this visitor records; gives what adds the sound to the inputs of its run."""
        sound = self._sounds[session] = LiveSound(self._longest)
        try:
            yield lambda inputs, _: {**inputs, "audio": sound}
        finally:
            sound.end()
            if self._sounds.get(session) is sound:
                del self._sounds[session]

    def _append(self, message: str, request: gr.Request) -> None:
        """Take what the browser has recorded.

        Raises:
            InputError: it could not record, or sent something else.
        """
        rate, samples, last = _piece(message)
        if sound := self._sounds.get(str(request.session_hash)):
            sound.append(samples, rate)
            if last:
                sound.end()


def recordings(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Of a run's inputs those that were recorded while it ran, as files that a sound box holds."""
    live = {name: value for name, value in inputs.items() if isinstance(value, LiveSound)}
    return {name: _file(sound) for name, sound in live.items()}


def _file(sound: LiveSound) -> dict[str, Any]:
    speech = Speech((sound.samples * 32767).astype("<i2"), SAMPLING_RATE)
    path = save_bytes_to_cache(wav(speech), "recording.wav", get_upload_folder())
    return {"path": str(path), "orig_name": "recording.wav", "meta": {"_type": "gradio.FileData"}}


def _piece(message: str) -> tuple[int, Any, bool]:
    """Sampling rate and samples (int16) of a message, and whether it is the last one."""
    import numpy as np

    try:
        said = parse_json(message)
        if "refused" in said:
            raise InputError(
                _refusal(said["refused"]), text("Allow it in the browser, or drop a file.")
            )
        rate, written, last = said["rate"], said["samples"], bool(said["last"])
        samples = np.frombuffer(base64.b64decode(written, validate=True), "<i2")
        if rate not in SAMPLING_RATES:
            raise ValueError
        return int(rate), samples, last
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            text("The page cannot use this recording."), text("Reload the page and try again.")
        ) from error


def _refusal(why: Any) -> str:
    """What a browser's reason for not recording means."""
    match why:
        case "NotAllowedError":
            return text("The browser does not let this page hear the microphone.")
        case "NotFoundError":
            return text("There is no microphone.")
        case "NotSecure":
            return text(
                "A browser lets a page hear the microphone over https or on this machine only."
            )
    return text("The microphone cannot be heard.")
