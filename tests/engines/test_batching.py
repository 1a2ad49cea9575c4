"""Texts go through a model in batches: sorted by length, bounded, and each answered as if alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import Playground
from pipelines.capabilities import Classify, Embed, Entail
from pipelines.engines import engine
from pipelines.engines.batches import MAX_PADDING, MAX_TOKENS, batches
from pipelines.run import Run

LINES = [f"the lion sleeps under {'an old ' * (n % 5)}tree" for n in range(32)]


def model(tiny: Playground, name: str, capability: Any) -> Any:
    transformers = engine("transformers")
    folder = tiny.store.local(tiny.catalogue[name])
    assert folder
    variant = transformers.variant(folder, (capability,))
    loaded = transformers.load(folder, variant, tiny.settings)
    assert isinstance(loaded, capability)
    return loaded


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The shape of each forward pass: texts and tokens."""
    from pipelines.engines.openvino.runtime import CompiledModel
    from pipelines.engines.transformers.model import TransformersModel

    seen: list[tuple[int, int]] = []
    forward = TransformersModel.forward

    def spied(self: TransformersModel, **inputs: Any) -> Any:
        seen.append(tuple(inputs["input_ids"].shape))
        return forward(self, **inputs)

    run = CompiledModel.run

    def spied_run(self: CompiledModel, inputs: Any) -> Any:
        seen.append(tuple(inputs["input_ids"].shape))
        return run(self, inputs)

    monkeypatch.setattr(TransformersModel, "forward", spied)
    monkeypatch.setattr(CompiledModel, "run", spied_run)
    return seen


def test_every_text_is_in_one_batch() -> None:
    lengths = [7, 300, 5, 300, 9, 512, 5]
    assert sorted(index for batch in batches(lengths) for index in batch) == list(range(7))


def test_short_texts_are_not_padded_to_a_long_one() -> None:
    lengths = [480] + [8] * 100
    assert [len(batch) for batch in batches(lengths)] == [100, 1]


def test_a_batch_is_bounded_in_tokens_and_padding() -> None:
    lengths = list(range(1, 513))
    for batch in batches(lengths):
        longest = max(lengths[index] for index in batch)
        assert longest * len(batch) <= MAX_TOKENS
        assert sum(longest - lengths[index] for index in batch) <= MAX_PADDING


def test_32_lines_are_two_forward_passes(tiny: Playground, shapes: list[tuple[int, int]]) -> None:
    tiny.run("feature-extraction", {"text": "loads it"}, "bert-encoder")
    shapes.clear()
    answer = tiny.run("feature-extraction", {"text": LINES}, "bert-encoder")
    assert [count for count, _ in shapes] == [20, 12]
    alone = [tiny.run("feature-extraction", {"text": one}, "bert-encoder").value for one in LINES]
    assert np.asarray(answer.value) == pytest.approx(np.asarray(alone), abs=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "last"])
@pytest.mark.parametrize("name", ["bert-encoder", "llama-chat"])
def test_padding_changes_no_vector(tiny: Playground, name: str, pooling: str) -> None:
    encoder = model(tiny, name, Embed)
    together = encoder.embed(LINES[:5], pooling=pooling, normalize=True)
    for text, vector in zip(LINES[:5], together, strict=True):
        alone = encoder.embed([text], pooling=pooling, normalize=True)[0]
        assert vector == pytest.approx(alone, abs=1e-5)


def test_vectors_of_tokens_come_without_padding(tiny: Playground) -> None:
    encoder = model(tiny, "bert-encoder", Embed)
    with Run().active() as run:
        together = encoder.embed_tokens(LINES, normalize=False)
    assert run.prompt_tokens == sum(map(len, together))
    for text, vectors in zip(LINES, together, strict=True):
        assert vectors == pytest.approx(encoder.embed_tokens([text], normalize=False)[0], abs=1e-5)
        assert len(vectors) == len(encoder.tokenizer(text)["input_ids"])


def test_texts_are_classified_in_their_order(tiny: Playground) -> None:
    classifier = model(tiny, "bert-sequence-classification", Classify)
    for text, scores in zip(LINES, classifier.classify(LINES), strict=True):
        [alone] = classifier.classify([text])
        assert dict(scores) == pytest.approx(dict(alone), abs=1e-5)


def test_a_long_text_with_many_labels_costs_hardly_more_than_short_texts(
    tiny: Playground, shapes: list[tuple[int, int]]
) -> None:
    labels = [f"topic {n}" for n in range(100)]
    inputs = {"text": "lion " * 400, "candidate_labels": labels}
    tiny.run("zero-shot-classification", inputs, "bert-encoder")
    long = sum(texts * tokens for texts, tokens in shapes)
    shapes.clear()
    tiny.run("zero-shot-classification", inputs | {"text": "lion"}, "bert-encoder")
    short = sum(texts * tokens for texts, tokens in shapes)
    assert long - short <= 512  # the text itself: padded to it, the labels would be 40,000 more


def test_hypotheses_are_scored_in_their_order(tiny: Playground) -> None:
    nli = model(tiny, "bert-nli", Entail)
    hypotheses = [f"This is about {'very ' * (n % 4)}topic {n}." for n in range(40)]
    together = nli.entail("the lion sleeps", hypotheses, independent=True)
    alone = [nli.entail("the lion sleeps", [one], independent=True)[0] for one in hypotheses]
    assert together == pytest.approx(alone, abs=1e-5)


def test_a_model_without_a_padding_token_takes_texts_one_by_one(
    tiny: Playground, shapes: list[tuple[int, int]]
) -> None:
    encoder = model(tiny, "llama-chat", Embed)
    encoder.tokenizer.pad_token = None
    encoder.embed(LINES[:3], pooling="mean", normalize=True)
    assert [texts for texts, _ in shapes] == [1, 1, 1]


def test_vectors_are_of_as_many_tokens_as_the_repository_says(
    tiny: Playground, tmp_path: Path
) -> None:
    encoder = model(tiny, "bert-encoder", Embed)
    assert encoder.tokenizer  # loaded before its folder changes
    encoder.folder = tmp_path
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 16}')
    with Run().active() as run:
        cut = encoder.embed(["lion " * 40], pooling="mean", normalize=True)
    assert run.notes == ["Only the first 16 of 42 tokens count."]
    assert cut == pytest.approx(encoder.embed(["lion " * 14], pooling="mean", normalize=True))
