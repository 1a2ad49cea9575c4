"""Models that hear a sound and score it under labels."""

from pipelines.capabilities import ClassifyAudio, Scores
from pipelines.engines.classification import heard_at_once
from pipelines.engines.transformers.classification import label_scores
from pipelines.engines.transformers.model import TransformersModel
from pipelines.inputs.audio import Sound


class AudioClassifier(TransformersModel, ClassifyAudio):
    """Scores a sound."""

    def classify_audio(self, sound: Sound) -> Scores:
        """The scores of all labels."""
        extractor = self.feature_extractor
        rate = extractor.sampling_rate
        samples = heard_at_once(sound, getattr(extractor, "n_samples", None), rate).at(rate)
        inputs = extractor(samples, sampling_rate=rate, return_tensors="pt")
        return label_scores(self.forward(**inputs).logits[0], self.config)
