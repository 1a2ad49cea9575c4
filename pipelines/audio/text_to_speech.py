"""text-to-speech: a text → spoken sound, sentence by sentence, with a pause at each line end.

English voices get numbers, dates, money and abbreviations in words; others the text as it is.
`voice` is one of those that the model has; one that it has not is refused with their names.

run("text-to-speech", "Good morning.")
Speech(samples=array([0, 1, …], dtype=int16), sampling_rate=22050)
"""

import unicodedata
from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import Speak
from pipelines.errors import InputError
from pipelines.inputs import InView, Number, Text, Voice
from pipelines.language_identification import other_language
from pipelines.languages import name
from pipelines.outputs import Speech
from pipelines.run import audio_seconds, note
from pipelines.sentences import sentences
from pipelines.task import Task
from pipelines.text_normalization.spoken import as_spoken, ends_a_line

LINE_PAUSE_SECONDS = 0.4  # beside the silence at the end of a sentence


def text_to_speech(
    model: Speak,
    text: Annotated[str, Text("Text", "What shall be said?", words=True)],
    *,
    length_scale: Annotated[float, Number("2 speaks half as fast", 0.5, 2, 0.05)] = 1.0,
    voice: Annotated[
        str | None, Voice("Voice of a model that has several; its first if empty"), InView()
    ] = None,
) -> Iterator[Speech]:
    """Yield the speech as it grows, a sentence at a time."""
    import numpy as np

    reads = model.language_of(voice)
    language = reads.replace("_", "-").partition("-")[0]
    if language and (other := other_language(text, language)):
        note(f"The text looks like {name(other)}, and this voice speaks {name(language)}.")
    rate = model.sampling_rate
    pause = np.zeros(round(LINE_PAUSE_SECONDS * length_scale * rate), np.int16)
    spoken = np.zeros(0, dtype=np.int16)
    refused = InputError("There is nothing in this text to speak.", "Write it in letters.")
    cuts: tuple[int, ...] = ()
    line_ended = False
    for sentence in sentences(unicodedata.normalize("NFC", text), reads):
        try:
            for samples in model.speak(as_spoken(sentence, reads), length_scale, voice):
                between = [pause] if line_ended and len(spoken) else []
                line_ended = False
                spoken = np.concatenate([spoken, *between, samples])
                if not cuts or len(spoken) >= 1.25 * cuts[-1]:
                    cuts = (*cuts, len(spoken))
                yield Speech(spoken, rate, cuts)
        except InputError as error:  # nothing to speak here; there may be in the next
            refused = error
        line_ended = line_ended or ends_a_line(sentence)
    if not len(spoken):
        raise refused
    audio_seconds(len(spoken) / rate)
    yield Speech(spoken, rate, cuts if cuts[-1] == len(spoken) else (*cuts, len(spoken)))


TASK = Task(
    id="text-to-speech",
    title="Text to speech",
    summary="A model reads your text aloud.",
    course="Transformers, what can they do?",
    order=3,
    run=text_to_speech,
)
