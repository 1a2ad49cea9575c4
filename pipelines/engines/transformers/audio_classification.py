"""Models that hear a sound and score it under labels."""

from typing import Any

from pipelines.capabilities import ClassifyAudio, Scores
from pipelines.engines.transformers.classification import label_scores
from pipelines.engines.transformers.model import TransformersModel
from pipelines.inputs.audio import Sound
from pipelines.run import note


class AudioClassifier(TransformersModel, ClassifyAudio):
    """Scores a sound."""

    def classify_audio(self, sound: Sound) -> Scores:
        """The scores of all labels."""
        extractor = self.feature_extractor
        rate = extractor.sampling_rate
        samples = _window(sound, extractor).at(rate)
        inputs = extractor(samples, sampling_rate=rate, return_tensors="pt")
        return label_scores(self.forward(**inputs).logits[0], self.config)


def _window(sound: Sound, extractor: Any) -> Sound:
    """The loudest part that fits the model: Whisper's encoder has a window of fixed length."""
    samples = getattr(extractor, "n_samples", None)
    if not samples or sound.seconds <= samples / extractor.sampling_rate:
        return sound
    seconds = samples / extractor.sampling_rate
    start, loudest = sound.loudest(seconds)
    note(f"This model hears {seconds:g} s at once: the loudest, from {start:.1f} s on, count.")
    return loudest
