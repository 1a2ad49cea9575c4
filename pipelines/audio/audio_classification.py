"""audio-classification: a sound → labels with scores.

Whisper tells which language is spoken; other models tell what they were trained for. Where a model
hears a window of fixed length, a longer sound is heard where it is loudest.

    run("audio-classification", "bonjour.wav", top_k=2)
    [{"label": "French", "score": 0.98}, {"label": "Breton", "score": 0.01}]
"""

from typing import Annotated, Any

from pipelines.inputs import Audio, Number, Sound
from pipelines.languages import name
from pipelines.outputs import LabelScore, best_first, label_scores
from pipelines.task import Task
from pipelines.trace import audio_seconds, note


def audio_classification(
    model: Any,
    audio: Annotated[Sound, Audio("Sound")],
    *,
    top_k: Annotated[int, Number("Show this many labels", 1, 1000)] = 5,
) -> list[LabelScore]:
    """Return the likeliest labels, best first; a regression gives its number as the score."""
    audio_seconds(audio.seconds)
    if hasattr(model, "languages"):
        codes, likely = zip(*model.languages(audio), strict=True)
        return best_first([name(code) for code in codes], likely, top_k)
    extractor = model.feature_extractor
    rate = extractor.sampling_rate
    inputs = extractor(_heard(audio, extractor).at(rate), sampling_rate=rate, return_tensors="pt")
    scores = label_scores(model(**inputs).logits[0], model.config)
    labels = [model.config.id2label[index] for index in range(len(scores))]
    return best_first(labels, scores, top_k)


def _heard(audio: Sound, extractor: Any) -> Sound:
    """What a model hears at once: Whisper's kind has a fixed window, the others take it all."""
    window = getattr(extractor, "n_samples", None)
    if not window or audio.seconds <= window / extractor.sampling_rate:
        return audio
    seconds = window / extractor.sampling_rate
    start, heard = audio.loudest(seconds)
    note(f"This model hears {seconds:g} s at once: the loudest, from {start:.1f} s on, count.")
    return heard


TASK = Task(
    id="audio-classification",
    title="Audio classification",
    summary="A model listens to a sound and says what kind it is: here, which language is spoken.",
    course="Transformers, what can they do?",
    order=2,
    run=audio_classification,
    heads=("AutoModelForAudioClassification",),
)
