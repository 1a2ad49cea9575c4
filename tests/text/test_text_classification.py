"""text-classification as transformers' own pipeline answers, for each kind of head."""

import pytest

from pipelines import Playground

TASK = "text-classification"
TEXT = "the lion sleeps under an old tree"
HEADS = ["bert-sequence-classification", "bert-multi-label", "bert-regression", "roberta"]


@pytest.mark.parametrize("model", HEADS)
def test_transformers_own_pipeline_gives_the_same_scores(tiny: Playground, model: str) -> None:
    from transformers import pipeline

    folder = str(tiny.store.local(tiny.catalogue[model]))
    theirs = pipeline(TASK, model=folder, top_k=5, device="cpu")([TEXT])[0]
    ours = tiny.run(TASK, {"text": TEXT}, model).value
    assert [one["label"] for one in ours] == [one["label"] for one in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=1e-5)


def test_as_many_labels_come_as_asked_for(tiny: Playground) -> None:
    assert len(tiny.run(TASK, {"text": TEXT}, HEADS[0], {"top_k": 1}).value) == 1


def test_a_text_over_the_models_limit_is_cut_and_said_so(tiny: Playground) -> None:
    answer = tiny.run(TASK, {"text": "tree " * 3000}, HEADS[0])
    assert answer.notes[0].startswith("Only the first ")


def test_a_text_of_unknown_characters_alone_is_said_to_be_so(tiny: Playground) -> None:
    told = "This model knows none of the characters in this text."
    assert told in tiny.run(TASK, {"text": "☃☃"}, HEADS[0]).notes
    assert told not in tiny.run(TASK, {"text": TEXT}, HEADS[0]).notes
