"""What classifiers of several engines share."""

import numpy as np
import pytest

from pipelines.engines.classification import entailment_labels, heard_at_once
from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.run import Run


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"contradiction": 0, "neutral": 1, "entailment": 2}, (2, 0)),
        ({"ENTAILMENT": 0, "NEUTRAL": 1, "CONTRADICTION": 2}, (0, 2)),
        ({"not_entailment": 1, "entailment": 0}, (0, -1)),
        ({"not_entailment": 0, "entailment": 1}, (1, 0)),
    ],
)
def test_a_label_is_held_against_its_contradiction(
    labels: dict[str, int], found: tuple[int, int]
) -> None:
    assert entailment_labels(labels) == found


def test_a_model_without_entailment_is_refused() -> None:
    with pytest.raises(InputError, match="does not know entailment"):
        entailment_labels({"POSITIVE": 0, "NEGATIVE": 1})


def test_of_a_long_sound_the_loudest_part_is_heard_and_told() -> None:
    samples = np.zeros(500, np.float32)
    samples[300:400] = 1
    sound, run = Sound(samples, 100), Run()
    with run.active():
        assert heard_at_once(sound, None, 100) is heard_at_once(sound, 500, 100) is sound
        part = heard_at_once(sound, 100, 100)
    assert part.seconds == 1
    assert part.samples.sum() == pytest.approx(100, abs=1)
    assert [str(one) for one in run.notes] == [
        "This model hears 1 s at once: the loudest, from 3.0 s on, count."
    ]
