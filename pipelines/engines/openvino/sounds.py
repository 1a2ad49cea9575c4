"""Models that hear a sound: scores under labels, and speech written down by CTC."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from pipelines.capabilities import ClassifyAudio, Scores, Segment, Transcribe, Word
from pipelines.engines import ctc
from pipelines.engines.classification import heard_at_once
from pipelines.engines.openvino.features import FILTERS, features
from pipelines.engines.openvino.model import Converted, ConvertedModel
from pipelines.engines.openvino.runtime import Array
from pipelines.engines.openvino.scores import label_scores
from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.run import note
from pipelines.settings import Settings


class SoundModel(ConvertedModel):
    """A model that hears one sound."""

    def __init__(self, converted: Converted, settings: Settings) -> None:
        super().__init__(converted, settings)
        self.sound = self.about["sound"]
        self.sampling_rate: int = self.sound["sampling_rate"]
        filters = converted.folder / FILTERS
        self.filters = dict(np.load(filters)) if filters.exists() else {}

    def logits(self, samples: Array) -> Array:
        """What the graph gives for samples, without the batch's dimension."""
        values = features(samples, self.sound, self.filters)
        name = next(one for one in self.compiled.input_names if one != "attention_mask")
        inputs = {name: values}
        if "attention_mask" in self.compiled.input_names:  # there is no padding
            inputs["attention_mask"] = np.ones(values.shape[:2], np.int64)
        logits: Array = self.compiled.run(inputs)[0][0]
        return logits


class AudioClassifier(SoundModel, ClassifyAudio):
    """Scores a sound."""

    def classify_audio(self, sound: Sound) -> Scores:
        """The scores of all labels."""
        heard = heard_at_once(sound, self.sound.get("n_samples"), self.sampling_rate)
        return label_scores(self.logits(heard.at(self.sampling_rate)), self.about)


class SpeechRecognizer(SoundModel, Transcribe):
    """Writes down speech by CTC: a letter or a blank for each frame."""

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool | str
    ) -> Iterator[Segment]:
        """Yield the text in one piece."""
        if self.sampling_rate != sound.sampling_rate:
            raise InputError(
                f"This model listens at {self.sampling_rate} Hz.", "Pick one for 16,000 Hz."
            )
        if timestamps is True:
            note("This model gives the times of words only.")
        if language or task != "transcribe":
            note("This model writes its own language only.")
        ids = self.logits(sound.samples).argmax(-1).tolist()
        yield Segment(0.0, sound.seconds, self.decode(ids), self.words(ids, sound.seconds))

    def words(self, ids: list[int], seconds: float) -> tuple[Word, ...]:
        """The words of the same labels, with their times."""
        letters = self.about["letters"]
        labels = [letters["tokens"][one] for one in ids]
        lower = letters["lower"]
        return ctc.words(labels, letters["blank"], letters["space"], seconds, lower=lower)

    def decode(self, ids: list[int]) -> str:
        """The text of a label for each frame: repetitions are one letter, blanks none."""
        letters = self.about["letters"]
        tokens = [token for token, _ in groupby(letters["tokens"][one] for one in ids)]
        text = "".join(
            " " if one == letters["space"] else one for one in tokens if one != letters["blank"]
        ).strip()
        return text.lower() if letters["lower"] else text
