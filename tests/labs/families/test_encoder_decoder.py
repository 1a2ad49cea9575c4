"""The encoder-decoder's column shows transformers' own numbers."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from pipelines.errors import InputError
from pipelines.labs.families import encoder_decoder
from tests.labs.conftest import Open

TEXT = "The lion sleeps under an old tree."
FAMILIES = ["marian", "marian-spm", "t5", "bart"]


def _generate(model: Any, tokenizer: Any, **options: object) -> Any:
    with torch.no_grad():
        return model.generate(
            **tokenizer(TEXT, return_tensors="pt"),
            do_sample=False,
            max_new_tokens=12,
            return_dict_in_generate=True,
            **options,
        )


@pytest.mark.parametrize("name", FAMILIES)
def test_each_step_is_that_of_a_whole_pass_over_the_target(open_tiny: Open, name: str) -> None:
    model, tokenizer = open_tiny(name)
    ours = encoder_decoder.translate(model, tokenizer, TEXT, max_new_tokens=12)
    ids = [step.id for step in ours.steps]
    theirs = _generate(model, tokenizer, num_beams=1).sequences[0].tolist()
    assert theirs[-len(ids) :] == ids
    target = torch.tensor([theirs[:-1]])
    with torch.no_grad():
        out = model(
            **tokenizer(TEXT, return_tensors="pt"), decoder_input_ids=target, output_attentions=True
        )
    cross = torch.stack(out.cross_attentions)[:, 0].numpy()[:, :, -len(ids) :]
    for number, step in enumerate(ours.steps):
        np.testing.assert_allclose(step.cross, cross[:, :, number], atol=1e-5)
    np.testing.assert_allclose(ours.alignment, cross.mean((0, 1)), atol=1e-5)
    encoder = torch.stack(out.encoder_attentions)[:, 0]
    np.testing.assert_allclose(ours.encoder.weights, encoder, atol=1e-5)
    assert ours.alignment.shape == (len(ids), len(ours.source.ids))
    # The last token was forced: writing ended there.
    for step, logits in zip(ours.steps[:-1], out.logits[0, -len(ids) :], strict=False):
        chances = logits.softmax(-1)
        assert step.probability == pytest.approx(float(chances[step.id]), rel=1e-4)
        shares = [share for _, share in step.candidates]
        assert shares == pytest.approx(chances.topk(8).values.tolist(), rel=1e-4)
        assert step.candidates[0][0] == step.token


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("num_beams", [2, 4])
def test_beams_end_where_transformers_ends(open_tiny: Open, name: str, num_beams: int) -> None:
    model, tokenizer = open_tiny(name)
    ours = encoder_decoder.beam_search(model, tokenizer, TEXT, num_beams, max_new_tokens=12)
    theirs = _generate(
        model, tokenizer, num_beams=num_beams, num_return_sequences=num_beams, output_scores=True
    )
    texts = tokenizer.batch_decode(theirs.sequences, skip_special_tokens=True)
    assert [text for text, _ in ours.texts] == texts
    assert [s for _, s in ours.texts] == pytest.approx(theirs.sequences_scores.tolist(), abs=1e-5)
    path = [node for node in ours.nodes if node.chosen]
    best = theirs.sequences[0].tolist()
    start = len(best) - len([i for i in theirs.beam_indices[0].tolist() if i >= -1])
    assert [node.id for node in path] == best[start : start + len(path)]
    finished = {_text(tokenizer, ours, node) for node in ours.nodes if node.finished}
    assert finished == set(texts)
    # The winner's score is its sum of log-probabilities over its length.
    penalty = model.generation_config.length_penalty
    penalty = 1.0 if penalty is None else penalty
    assert path[-1].score / len(path) ** penalty == pytest.approx(ours.texts[0][1], abs=1e-4)


def _text(tokenizer: Any, found: encoder_decoder.Beams, node: encoder_decoder.Beam) -> str:
    """What a beam wrote up to this node."""
    ids = [node.id]
    while node.parent >= 0:
        node = found.nodes[node.parent]
        ids.insert(0, node.id)
    return str(tokenizer.decode(ids, skip_special_tokens=True))


def test_every_node_hangs_on_its_parent_and_scores_fall(open_tiny: Open) -> None:
    ours = encoder_decoder.beam_search(*open_tiny("marian"), TEXT, 3, max_new_tokens=10)
    for node in ours.nodes:
        if node.parent == -1:
            assert node.step == 1
        else:
            parent = ours.nodes[node.parent]
            assert parent.step == node.step - 1
            assert node.score <= parent.score
            assert not math.isnan(node.score)
    for step in range(1, 11):
        scores = [node.score for node in ours.nodes if node.step == step]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("name", ["nllb", "mbart50"])
def test_a_model_of_many_languages_is_told_which_one(open_tiny: Open, name: str) -> None:
    model, tokenizer = open_tiny(name)
    first = {}
    for target in ("fr", "de"):
        _, told = encoder_decoder.prompt(model, tokenizer, TEXT, target)
        made = encoder_decoder.translate(model, tokenizer, TEXT, 6, **told)
        first[target] = made.steps[0].token
        assert made.source.tokens[0].startswith("en") or made.source.tokens[-1].startswith("en")
        encoder_decoder.beam_search(model, tokenizer, TEXT, 2, 6, **told)
    assert first["fr"].startswith("fr")
    assert first["de"].startswith("de")
    assert encoder_decoder.prompt(*open_tiny("t5"), "A cat.", "fr")[1] == {}


def test_an_empty_text_is_refused(open_tiny: Open) -> None:
    with pytest.raises(InputError):
        encoder_decoder.translate(*open_tiny("marian"), " ")
