"""feature-extraction on its starter: length one, near means alike, transformers agrees."""

import numpy as np
import pytest

from pipelines import Playground
from pipelines.errors import InputError

TASK = "feature-extraction"


def vector(playground: Playground, text: str, **options: object) -> np.ndarray:
    return np.array(playground.run(TASK, {"text": text}, options=options).value)


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The model is on this machine."""


def test_a_vector_has_384_numbers_and_length_one(playground: Playground) -> None:
    one = vector(playground, "A cat sits on the mat.")
    assert one.shape == (384,)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "alike", "other"),
    [
        ("A cat sits on the mat.", "A kitten rests on the rug.", "The stock market fell today."),
        ("How old are you?", "What is your age?", "Where is the station?"),
        ("He plays the guitar.", "A man makes music.", "The bridge was closed for repairs."),
    ],
)
def test_alike_sentences_lie_nearer(
    playground: Playground, text: str, alike: str, other: str
) -> None:
    here, near, far = (vector(playground, one) for one in (text, alike, other))
    assert here @ near > here @ far + 0.2


def test_normalize_only_scales(playground: Playground) -> None:
    raw = vector(playground, "A cat.", normalize=False)
    assert np.linalg.norm(raw) != pytest.approx(1, abs=0.01)
    assert raw / np.linalg.norm(raw) == pytest.approx(vector(playground, "A cat."), abs=1e-5)


def test_pooling_none_gives_a_vector_a_token(playground: Playground) -> None:
    tokens = vector(playground, "A cat sits.", pooling="none", normalize=False)
    assert tokens.shape == (6, 384)  # [CLS] a cat sits . [SEP]
    mean = vector(playground, "A cat sits.", normalize=False)
    assert tokens.mean(0) == pytest.approx(mean, abs=1e-5)
    cls = vector(playground, "A cat sits.", pooling="cls", normalize=False)
    assert tokens[0] == pytest.approx(cls, abs=1e-5)


def test_transformers_own_pipeline_gives_the_same_vectors(playground: Playground) -> None:
    from transformers import pipeline

    folder = playground.store.get(playground.catalogue["all-minilm-l6-v2"])
    theirs = np.array(pipeline(TASK, model=str(folder), device="cpu")("Roses are red.")[0])
    ours = vector(playground, "Roses are red.", pooling="none", normalize=False)
    assert ours == pytest.approx(theirs, abs=0.03)  # of up to 5.2; bf16 where it is the fastest
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    assert ((ours * theirs).sum(1) / lengths).min() > 0.9999


def test_a_text_is_cut_where_sentence_transformers_cuts_it_and_said_so(
    playground: Playground,
) -> None:
    answer = playground.run(TASK, {"text": "word " * 1000})
    assert answer.notes == ("Only the first 256 of 1,002 tokens count.",)
    fits = playground.run(TASK, {"text": "word " * 254})
    assert fits.notes == ()
    assert answer.value == pytest.approx(fits.value, abs=1e-5)


def test_several_texts_are_one_run_with_a_vector_each(playground: Playground) -> None:
    texts = ["A cat sits on the mat.", "Roses are red.", "word " * 100]
    answer = playground.run(TASK, {"text": texts}, options={"pooling": "auto"})
    for text, vector in zip(texts, answer.value, strict=True):
        assert vector == pytest.approx(alone(playground, text), abs=1e-5)


def alone(playground: Playground, text: str) -> list[float]:
    return list(playground.run(TASK, {"text": text}, options={"pooling": "auto"}).value)


@pytest.mark.parametrize(
    "texts",
    [[], ["a"] * 101, ["a", " "], ["a", 3]],
    ids=["none", "too many", "an empty one", "a number"],
)
def test_a_batch_with_a_text_that_cannot_be_used_is_refused(
    playground: Playground, texts: list[object]
) -> None:
    with pytest.raises(InputError):
        playground.run(TASK, {"text": texts})


@pytest.mark.parametrize("text", ["😀", "…", "日本語", "\u0301"], ids=ascii)
def test_odd_texts_have_vectors_too(playground: Playground, text: str) -> None:
    assert np.isfinite(vector(playground, text)).all()
