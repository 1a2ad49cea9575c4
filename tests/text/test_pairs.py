"""text-classification of pairs, for models that compare two texts."""

from typing import Any

import pytest
import torch

from pipelines import Playground
from pipelines.errors import InputError
from pipelines.playground import Answer

TASK, NLI, SENTIMENT = "text-classification", "bert-nli", "bert-sequence-classification"
ONE, OTHER = "the lion sleeps", "an old tree sleeps"


def ask(tiny: Playground, model: str, text: Any, **options: Any) -> Answer:
    return tiny.run(TASK, {"text": text}, model, options)


@pytest.fixture
def nli(tiny: Playground, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tiny NLI model, which the tiny catalogue lists for zero-shot classification."""
    entry = tiny.catalogue[NLI]
    monkeypatch.setattr(tiny, "resolve", lambda task, name, options=None: entry)
    return NLI


def test_a_pair_is_read_as_transformers_reads_it(tiny: Playground, nli: str) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue[nli])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        scores = model(**tokenizer(ONE, OTHER, return_tensors="pt")).logits.softmax(-1)[0]
    theirs = {model.config.id2label[i]: float(score) for i, score in enumerate(scores)}
    ours = ask(tiny, nli, ONE, text_pair=OTHER)
    assert {one["label"]: one["score"] for one in ours.value} == pytest.approx(theirs, abs=1e-5)
    assert not ours.notes
    assert ask(tiny, nli, OTHER, text_pair=ONE).value != ours.value


def test_lists_of_pairs_and_one_text_for_all(tiny: Playground, nli: str) -> None:
    alone = [ask(tiny, nli, text, text_pair=ONE).value for text in (ONE, OTHER)]
    for pair in (ONE, [ONE, ONE]):
        together = ask(tiny, nli, [ONE, OTHER], text_pair=pair).value
        for mine, theirs in zip(together, alone, strict=True):
            assert [one["label"] for one in mine] == [one["label"] for one in theirs]
            scores = [one["score"] for one in theirs]
            assert [one["score"] for one in mine] == pytest.approx(scores, abs=1e-5)
    with pytest.raises(InputError, match="differ in length: 2 in text and 1 in text_pair"):
        ask(tiny, nli, [ONE, OTHER], text_pair=[ONE])


def test_a_model_that_compares_two_texts_asks_for_the_second(tiny: Playground, nli: str) -> None:
    [note] = ask(tiny, nli, ONE).notes
    assert note == "This model compares two texts: give the second as text_pair."


def test_a_model_of_single_texts_says_that_a_pair_is_not_its_input(tiny: Playground) -> None:
    [note] = ask(tiny, SENTIMENT, ONE, text_pair=OTHER).notes
    assert note.startswith("The labels of this model are of single texts")
    assert not ask(tiny, SENTIMENT, ONE).notes
