"""Speech as a waveform to play and download."""

import base64
import io
import wave
from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs, SimpleView


class Sound(SimpleView):
    """Speech → a player."""

    def build(self) -> list[Component]:
        """One gr.Audio."""
        return [gr.Audio(label="Speech", interactive=False, buttons=["download"])]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The sound once it is whole: a player that restarts at each sentence helps nobody."""
        return [(value.sampling_rate, value.samples) if final else gr.skip()]

    def clear(self) -> list[Any]:
        """No sound."""
        return [None]

    def json(self, value: Any) -> Any:
        """The Hub's shape: the WAV file in base64, and its sampling rate."""
        encoded = base64.b64encode(wav(value)).decode()
        return {"audio": encoded, "sampling_rate": value.sampling_rate}


def wav(speech: Any) -> bytes:
    """Speech as the bytes of a 16-bit mono WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(speech.sampling_rate)
        out.writeframes(speech.samples.tobytes())
    return file.getvalue()
