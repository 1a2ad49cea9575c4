"""Scoring under labels: what all engines that do it share."""

from collections.abc import Mapping

from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.run import heard_part, note


def entailment_labels(label2id: Mapping[str, int]) -> tuple[int, int]:
    """The indices of entailment and of its contradiction among a model's labels.

    Raises:
        InputError: the model's labels have no entailment.
    """
    labels = {label.lower(): index for label, index in label2id.items()}
    entailment = next((i for name, i in labels.items() if name.startswith("entail")), None)
    if entailment is None:
        raise InputError(
            "This model does not know entailment.",
            "Pick one trained on NLI, or an embedding model.",
        )
    # Models with two labels call the other one "not_entailment".
    other = -1 if entailment == 0 else 0
    return entailment, next((i for name, i in labels.items() if name.startswith("contra")), other)


def heard_at_once(sound: Sound, samples: int | None, rate: int) -> Sound:
    """The loudest part that fits a model with a window of so many samples, as Whisper's encoder
    has; the sound itself where it fits, or the model has none."""
    if not samples or sound.seconds <= samples / rate:
        return sound
    seconds = samples / rate
    start, loudest = sound.loudest(seconds)
    heard_part(start, start + seconds)
    note(f"This model hears {seconds:g} s at once: the loudest, from {start:.1f} s on, count.")
    return loudest
