"""audio-classification: a sound → labels with scores.

Whisper tells which language is spoken; other models tell what they were trained for. Where a model
hears a window of fixed length, a longer sound is heard where it is loudest.

    run("audio-classification", "bonjour.wav", top_k=2)
    [{"label": "French", "score": 0.98}, {"label": "Breton", "score": 0.01}]
"""

from typing import Annotated

from pipelines.capabilities import ClassifyAudio, IdentifyLanguage
from pipelines.inputs import Audio, Number, Sound
from pipelines.languages import name
from pipelines.outputs import LabelScore, best_first
from pipelines.run import audio_seconds
from pipelines.task import Task


def audio_classification(
    model: ClassifyAudio | IdentifyLanguage,
    audio: Annotated[Sound, Audio("Sound")],
    *,
    top_k: Annotated[int, Number("Show this many labels", 1, 1000)] = 5,
) -> list[LabelScore]:
    """Return the likeliest labels, best first; a regression gives its number as the score."""
    audio_seconds(audio.seconds)
    match model:
        case ClassifyAudio():
            scores = model.classify_audio(audio)
        case IdentifyLanguage():
            scores = [(name(code), score) for code, score in model.identify_language(audio)]
    return best_first(scores, top_k)


TASK = Task(
    id="audio-classification",
    title="Audio classification",
    summary="A model listens to a sound and says what kind it is: here, which language is spoken.",
    course="Transformers, what can they do?",
    order=2,
    run=audio_classification,
)
