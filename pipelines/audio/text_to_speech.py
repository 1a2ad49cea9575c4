"""text-to-speech: a text → spoken sound, sentence by sentence.

run("text-to-speech", "Good morning.")
Speech(samples=array([0, 1, …], dtype=int16), sampling_rate=22050)
"""

from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import Speak
from pipelines.errors import InputError
from pipelines.inputs import Number, Text
from pipelines.outputs import Speech
from pipelines.run import audio_seconds
from pipelines.task import Task


def text_to_speech(
    model: Speak,
    text: Annotated[str, Text("Text", "What shall be said?", words=True)],
    *,
    length_scale: Annotated[float, Number("2 speaks half as fast", 0.5, 2, 0.05)] = 1.0,
) -> Iterator[Speech]:
    """Yield the speech as it grows, a sentence at a time."""
    import numpy as np

    spoken = np.zeros(0, dtype=np.int16)
    for sentence in model.speak(text, length_scale):
        spoken = np.concatenate([spoken, sentence])
        yield Speech(spoken, model.sampling_rate)
    if not len(spoken):
        raise InputError("There is nothing in this text to speak.", "Write it in letters.")
    audio_seconds(len(spoken) / model.sampling_rate)
    yield Speech(spoken, model.sampling_rate)


TASK = Task(
    id="text-to-speech",
    title="Text to speech",
    summary="A model reads your text aloud.",
    course="Transformers, what can they do?",
    order=3,
    run=text_to_speech,
)
