"""The masked-word starter's training sentences: which words are masked, and which come again."""

from collections import Counter
from pathlib import Path

import pytest
import torch

from starters import loop, masked_words
from starters.masked_words import Corpus
from tests.tiny.tokenizers import wordpiece

FIRST = [
    "the lion sleeps under an old tree",
    "two birds sing above him , unbelievable !",
    "the tree",
]
SECOND = ["an old lion", "the capital of france is paris"]


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Two sources; an epoch takes two sentences of the first and three of the second."""
    monkeypatch.setattr(loop, "device", lambda: "cpu")
    monkeypatch.setattr(masked_words, "SOURCES", {"first": 2})
    monkeypatch.setattr(masked_words, "MORE", {"second": 3})
    monkeypatch.setattr(masked_words, "texts", lambda data: ([FIRST, SECOND], []))
    return Corpus(Path(), wordpiece())


def test_only_whole_words_of_letters_are_masked_and_all_of_them_sometimes(corpus: Corpus) -> None:
    torch.manual_seed(0)
    tokenizer = wordpiece()
    seen = set()
    for _ in range(200):
        batch = corpus.batch([0, 1])
        seen.update(tokenizer.convert_ids_to_tokens(batch["words"].tolist()))
    # Neither "," nor the pieces of "unbelievable", which the vocabulary has not.
    assert seen == {*FIRST[0].split(), "two", "birds", "sing", "above", "him"}


def test_a_fifth_of_the_words_is_masked_but_at_least_one(corpus: Corpus) -> None:
    batch = corpus.batch([4, 2])
    assert Counter(batch["rows"].tolist()) == {0: 1, 1: 1}
    long = corpus.batch([0, 1])  # 7 and 5 words
    assert Counter(long["rows"].tolist()) == {0: 1, 1: 1}


def test_a_share_of_a_long_sentence_is_masked(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masked_words, "SHARE", 0.6)
    assert Counter(corpus.batch([0, 1, 2])["rows"].tolist()) == {0: 4, 1: 3, 2: 1}


def test_masked_places_hold_the_mask_and_the_rest_is_the_sentence(corpus: Corpus) -> None:
    tokenizer = wordpiece()
    batch = corpus.batch([0, 3])
    ids = batch["input_ids"].clone()
    assert (ids[batch["rows"], batch["places"]] == tokenizer.mask_token_id).all()
    ids[batch["rows"], batch["places"]] = batch["words"]
    whole = tokenizer([FIRST[0], SECOND[0]], padding=True, return_tensors="pt")
    assert torch.equal(ids, whole["input_ids"])
    assert torch.equal(batch["attention_mask"], whole["attention_mask"])


def test_epochs_take_other_sentences_and_as_many_of_each_source(corpus: Corpus) -> None:
    epochs = [corpus.epoch(n) for n in range(3)]
    assert [sum(one < len(FIRST) for one in epoch) for epoch in epochs] == [2, 2, 2]
    assert [len(epoch) for epoch in epochs] == [5, 5, 5]
    taken = Counter(one for epoch in epochs for one in epoch)
    assert {taken[n] for n in range(len(FIRST))} == {2}


def test_the_first_guess_is_how_often_a_word_stands_there(corpus: Corpus) -> None:
    tokenizer = wordpiece()
    likely = corpus.frequencies(len(tokenizer))
    assert likely.exp().sum() == pytest.approx(1)
    the, lion, piece = tokenizer.convert_tokens_to_ids(["the", "paris", "##n"])
    assert likely[the] > likely[lion] > likely[piece]


def test_no_sentence_is_both_held_out_and_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one(data: Path) -> list[str]:
        return [f"sentence number {letter} of these" for letter in "abcdef"]

    def more(data: Path) -> list[str]:
        return [line.upper() + "!" for line in one(data)] + ["Another one, which is new."]

    monkeypatch.setattr(masked_words, "HELD_OUT", 2)
    monkeypatch.setattr(masked_words, "SOURCES", {one: 1})
    monkeypatch.setattr(masked_words, "MORE", {more: 1})
    training, (held_out,) = masked_words.texts(tmp_path)
    assert len(held_out) == 2
    assert len(training[0]) == 4
    assert len(training[1]) == 5
    learned = {line.lower().rstrip("!") for part in training for line in part}
    assert not learned & set(held_out)
