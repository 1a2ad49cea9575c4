"""The decoder's column shows transformers' own numbers."""

from typing import Any

import numpy as np
import pytest
import torch

from pipelines.errors import InputError
from pipelines.labs.families import continuations, decoder
from tests.labs.conftest import Open

TEXT = "The lion sleeps under an old tree."
FAMILIES = ["gpt2", "llama-chat"]


@pytest.mark.parametrize("name", FAMILIES)
def test_attention_and_logits_are_those_of_transformers(open_tiny: Open, name: str) -> None:
    model, tokenizer = open_tiny(name)
    ids = decoder.read_prompt(model, tokenizer, TEXT).ids
    looked = decoder.look(model, tokenizer, ids)
    with torch.no_grad():
        out = model(**tokenizer(TEXT, return_tensors="pt"), output_attentions=True)
    for layer, theirs in enumerate(out.attentions):
        np.testing.assert_allclose(looked.attention.weights[layer], theirs[0], atol=1e-5)
    np.testing.assert_allclose(looked.logits, out.logits[0, -1], atol=1e-5)
    assert np.triu(looked.attention.weights, 1).max() == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 1.0},
        {"temperature": 0.3, "top_k": 6},
        {"temperature": 0.05, "top_p": 0.6},
        {"temperature": 0.1, "top_k": 8, "top_p": 0.7},
    ],
)
def test_the_bars_are_what_generate_draws_from_by_counting(
    open_tiny: Open, settings: dict[str, Any]
) -> None:
    model, tokenizer = open_tiny("gpt2")
    ids = decoder.read_prompt(model, tokenizer, TEXT).ids
    logits = decoder.look(model, tokenizer, ids).logits
    bars = decoder.distribution(logits, **settings)
    torch.manual_seed(0)
    draws, rows = 5_000, torch.tensor([ids])  # at 20,000 these four took 60 s on a busy machine
    out = model.generate(
        rows,
        attention_mask=torch.ones_like(rows),
        do_sample=True,
        max_new_tokens=1,
        num_return_sequences=draws,
        pad_token_id=0,
        **({"top_k": 0, "top_p": 1.0} | settings),
    )
    counted = np.bincount(out[:, -1].numpy(), minlength=len(bars)) / draws
    assert bars.sum() == pytest.approx(1, abs=1e-5)
    assert counted[bars == 0].sum() == 0
    noise = 5 * np.sqrt(bars * (1 - bars) / draws) + 1e-4
    assert (np.abs(counted - bars) < noise).all()


def test_the_bars_equal_the_scores_of_generate(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("llama-chat")
    ids = decoder.read_prompt(model, tokenizer, TEXT).ids
    settings: dict[str, Any] = {"temperature": 0.4, "top_k": 20, "top_p": 0.8}
    bars = decoder.distribution(decoder.look(model, tokenizer, ids).logits, **settings)
    rows = torch.tensor([ids])
    out = model.generate(
        rows,
        attention_mask=torch.ones_like(rows),
        do_sample=True,
        max_new_tokens=1,
        return_dict_in_generate=True,
        output_scores=True,
        **settings,
    )
    np.testing.assert_allclose(bars, out.scores[0][0].softmax(-1), atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_taken_token_leads_to_the_same_place_as_the_tree(open_tiny: Open, name: str) -> None:
    model, tokenizer = open_tiny(name)
    ids = decoder.read_prompt(model, tokenizer, TEXT).ids
    looked = decoder.look(model, tokenizer, ids)
    for branch in continuations.tree(model, tokenizer, looked, width=3, depth=3):
        _compare(model, tokenizer, (*ids, branch.id), branch)
        for second in branch.branches:
            _compare(model, tokenizer, (*ids, branch.id, second.id), second)


def _compare(
    model: Any, tokenizer: Any, ids: tuple[int, ...], branch: continuations.Branch
) -> None:
    """What follows a branch is what the model says after its whole path."""
    after = decoder.distribution(decoder.look(model, tokenizer, ids).logits)
    best = np.argsort(-after)[:3]
    assert [one.id for one in branch.branches] == best.tolist()
    for one, share in zip(branch.branches, after[best].tolist(), strict=True):
        assert one.probability == pytest.approx(share, abs=1e-5)
        assert one.path_probability == pytest.approx(branch.path_probability * one.probability)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("taken", [1, 3])
def test_a_text_gone_on_with_is_as_if_read_from_its_start(
    open_tiny: Open, name: str, taken: int
) -> None:
    model, tokenizer = open_tiny(name)
    begun = decoder.read_prompt(model, tokenizer, TEXT).ids
    before = decoder.look(model, tokenizer, begun)
    ids = (*begun, *(7, 3, 5)[:taken])
    gone_on = decoder.look(model, tokenizer, ids, before)
    whole = decoder.look(model, tokenizer, ids)
    assert gone_on.reading == whole.reading
    assert gone_on.ranks == whole.ranks
    assert gone_on.bits == pytest.approx(whole.bits, abs=1e-4)
    np.testing.assert_allclose(gone_on.attention.weights, whole.attention.weights, atol=1e-5)
    np.testing.assert_allclose(gone_on.logits, whole.logits, atol=1e-5)
    # The text that was gone on from stays what it was: another token can be taken after it.
    other = decoder.look(model, tokenizer, (*begun, 9), before)
    np.testing.assert_allclose(
        other.logits, decoder.look(model, tokenizer, (*begun, 9)).logits, atol=1e-5
    )


@pytest.mark.parametrize("name", [*FAMILIES, "gemma3-text"])
def test_a_token_read_ahead_is_as_if_read_when_taken(open_tiny: Open, name: str) -> None:
    model, tokenizer = open_tiny(name)
    ids = decoder.read_prompt(model, tokenizer, TEXT).ids[:20]
    looked = decoder.look(model, tokenizer, ids)
    prefetched = continuations.prefetch(model, looked)
    offered = decoder.candidates(tokenizer, looked.logits, shown=continuations.BARS)
    assert set(prefetched.ids) == {one.id for one in offered}
    for token in prefetched.ids:
        ours = continuations.taken(tokenizer, looked, prefetched, token)
        theirs = decoder.look(model, tokenizer, (*ids, token))
        assert (ours.reading, ours.ranks) == (theirs.reading, theirs.ranks)
        assert ours.bits == pytest.approx(theirs.bits, abs=1e-4)
        np.testing.assert_allclose(ours.attention.weights, theirs.attention.weights, atol=1e-5)
        np.testing.assert_allclose(ours.logits, theirs.logits, atol=1e-5)
        # And the text can be gone on with from there.
        further = decoder.look(model, tokenizer, (*ids, token, 7), ours)
        np.testing.assert_allclose(
            further.logits, decoder.look(model, tokenizer, (*ids, token, 7)).logits, atol=1e-5
        )


def test_beyond_a_sliding_window_nothing_is_taken_from_what_was_read_ahead(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("gemma3-text")
    looked = decoder.look(model, tokenizer, tuple(range(5, 45)))  # it slides over 32 tokens
    prefetched = continuations.prefetch(model, looked)
    assert prefetched.attentions is None
    with pytest.raises(ValueError, match="without attention"):
        continuations.taken(tokenizer, looked, prefetched, prefetched.ids[0])
    for ours, theirs in zip(
        continuations.tree(model, tokenizer, looked, first=prefetched),
        continuations.tree(model, tokenizer, looked),
        strict=True,
    ):
        assert ours.id == theirs.id
        chances = [one.probability for one in theirs.branches]
        assert [one.probability for one in ours.branches] == pytest.approx(chances, abs=1e-6)


def test_a_model_whose_window_is_shorter_than_the_text_reads_it_anew(
    open_tiny: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = open_tiny("gemma3-text")
    begun = decoder.read_prompt(model, tokenizer, TEXT).ids
    monkeypatch.setattr(model.config, "sliding_window", len(begun))
    before = decoder.look(model, tokenizer, begun)
    assert continuations.prefetch(model, before).attentions is None  # with any token it is longer
    ids = (*begun, 7)
    gone_on = decoder.look(model, tokenizer, ids, before)
    whole = decoder.look(model, tokenizer, ids)
    np.testing.assert_allclose(gone_on.logits, whole.logits, atol=1e-5)
    np.testing.assert_allclose(gone_on.attention.weights, whole.attention.weights, atol=1e-5)


def test_what_is_read_of_a_growing_text_moves_on_in_leaps(open_tiny: Open) -> None:
    _, tokenizer = open_tiny("gpt2")
    text = tuple(range(5, 120))
    assert decoder.window(tokenizer, text[:48]) == text[:48]
    for length in range(49, 65):  # the same beginning, so that one token alone is new
        assert decoder.window(tokenizer, text[:length]) == text[16:length]
    assert decoder.window(tokenizer, text[:65]) == text[32:65]


@pytest.mark.parametrize("name", FAMILIES)
def test_perplexity_is_the_exponential_of_the_models_own_loss(open_tiny: Open, name: str) -> None:
    model, tokenizer = open_tiny(name)
    ids = decoder.read_prompt(model, tokenizer, TEXT).ids
    told, perplexity = decoder.surprisal(decoder.look(model, tokenizer, ids))
    row = torch.tensor([ids])
    with torch.no_grad():
        out = model(input_ids=row, labels=row)
    assert perplexity == pytest.approx(float(out.loss.exp()), rel=1e-5)
    assert (told[0].surprisal, told[0].rank) == (None, None)
    for one, likeliest in zip(told[1:], out.logits[0].argsort(descending=True), strict=False):
        assert one.rank == likeliest.tolist().index(one.id) + 1


def test_a_bar_keeps_its_place_while_a_slider_cuts_it_away(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("gpt2")
    logits = decoder.look(model, tokenizer, decoder.read_prompt(model, tokenizer, TEXT).ids).logits
    whole = decoder.candidates(tokenizer, logits, shown=8)
    cut = decoder.candidates(tokenizer, logits, top_k=3, shown=8)
    assert [(one.id, one.token, one.raw) for one in cut] == [
        (one.id, one.token, one.raw) for one in whole
    ]
    assert [one.probability > 0 for one in cut] == [True] * 3 + [False] * 5


def test_bad_settings_are_refused(open_tiny: Open) -> None:
    logits = np.zeros(10, dtype=np.float32)
    for bad in ({"temperature": 0}, {"top_p": 0}, {"top_k": -1}):
        with pytest.raises(InputError):
            decoder.distribution(logits, **bad)
    with pytest.raises(InputError):
        decoder.surprisal(decoder.look(*open_tiny("gpt2"), [3]))


def test_a_long_prompt_loses_its_start(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("gpt2")
    cut = decoder.read_prompt(model, tokenizer, TEXT * 80, limit=48)
    assert len(cut.ids) == 48
    assert cut.cut > 0
    assert cut.ids == tuple(tokenizer(TEXT * 80)["input_ids"][-48:])
    positions = model.config.max_position_embeddings
    whole = decoder.read_prompt(model, tokenizer, TEXT * 80, limit=10 * positions)
    assert len(whole.ids) == positions - 1  # the token that is taken next has one, too


def test_a_long_prompt_keeps_the_token_that_begins_every_text(begins: tuple[Any, Any]) -> None:
    model, tokenizer = begins
    ids = tuple(tokenizer(TEXT * 80)["input_ids"])
    assert ids[0] == tokenizer.bos_token_id
    cut = decoder.read_prompt(model, tokenizer, TEXT * 80, limit=48)
    assert cut.ids == (ids[0], *ids[-47:])
    assert cut.cut == len(ids) - 48
    assert decoder.last(tokenizer, ids[:9], 48) == ids[:9]
