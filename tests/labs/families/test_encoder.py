"""The encoder's column shows transformers' own numbers."""

import numpy as np
import pytest
import torch

from pipelines.errors import InputError
from pipelines.labs.families import encoder
from tests.labs.conftest import Open

TEXT = "The lion sleeps under an old tree."


def test_attention_and_vectors_are_those_of_transformers(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("bert-encoder", "")
    seen = encoder.encode(model, tokenizer, TEXT)
    with torch.no_grad():
        out = model(
            **tokenizer(TEXT, return_tensors="pt"),
            output_attentions=True,
            output_hidden_states=True,
        )
    for layer, theirs in enumerate(out.attentions):
        np.testing.assert_allclose(seen.attention.weights[layer], theirs[0], atol=1e-5)
    np.testing.assert_allclose(seen.vectors, out.last_hidden_state[0], atol=1e-5)
    states = torch.stack(out.hidden_states)[:, 0]
    cosine = torch.nn.functional.cosine_similarity(states, states[:1].expand_as(states), dim=-1)
    np.testing.assert_allclose(seen.similarity, cosine, atol=1e-5)
    np.testing.assert_allclose(seen.attention.weights.sum(-1), 1, atol=1e-5)


def test_an_encoder_sees_both_sides(open_tiny: Open) -> None:
    weights = encoder.encode(*open_tiny("bert-encoder", ""), TEXT).attention.weights
    assert weights[:, :, 1, 2:].min() > 0


def test_a_page_of_text_is_cut_and_says_so(open_tiny: Open) -> None:
    seen = encoder.encode(*open_tiny("bert-encoder", ""), TEXT * 60)
    assert len(seen.reading.ids) <= 48
    assert seen.reading.cut > 100


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_is_refused(open_tiny: Open, text: str) -> None:
    with pytest.raises(InputError):
        encoder.encode(*open_tiny("bert-encoder", ""), text)


@pytest.mark.parametrize("text", ["lion", "Привет, мир", "日本語", "🙂"])
def test_one_word_and_other_scripts_go_through(open_tiny: Open, text: str) -> None:
    assert encoder.encode(*open_tiny("bert-encoder", ""), text).reading.tokens


def test_padding_does_not_change_a_sentence_vector_and_the_same_sentence_is_nearest(
    open_tiny: Open,
) -> None:
    model, tokenizer = open_tiny("bert-encoder", "")
    alone = encoder.sentence_vectors(model, tokenizer, [TEXT])
    beside = encoder.sentence_vectors(model, tokenizer, [TEXT, TEXT * 3])
    np.testing.assert_allclose(alone[0], beside[0], atol=1e-5)
    best = encoder.nearest(model, tokenizer, TEXT, ["A red car.", TEXT, "Seven apples."])
    assert best[0][0] == TEXT
    assert best[0][1] == pytest.approx(1, abs=1e-5)
