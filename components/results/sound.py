"""Speech as a waveform to play and download."""

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
        """The sound once it is complete: a player would restart at each sentence."""
        return [(value.sampling_rate, value.samples) if final else gr.skip()]

    def clear(self) -> list[Any]:
        """No sound."""
        return [None]

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The Hub's shape without the sound, which as base64 would slow the page."""
        samples = len(value.samples)
        seconds = samples / value.sampling_rate
        told = f"left out here: a WAV file of {samples} samples, {seconds:.1f} s"
        return {"audio": told, "sampling_rate": value.sampling_rate}


def wav(speech: Any) -> bytes:
    """Speech as the bytes of a 16-bit mono WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(speech.sampling_rate)
        out.writeframes(speech.samples.tobytes())
    return file.getvalue()
