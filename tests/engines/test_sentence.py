"""Vectors as sentence-transformers' files describe them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipelines import Playground
from pipelines.engines.openvino import embedding as openvino
from pipelines.engines.transformers.embedding import pooled
from pipelines.engines.transformers.sentence_transformers import SentenceModules, sentence_modules
from pipelines.errors import ModelError

TEXT = "the lion sleeps under an old tree"
KIND = "sentence_transformers.models."


def repository(folder: Path, modules: list[str], config: dict[str, Any]) -> Path:
    """The files that say what comes after the encoder; `config` is that of the last module."""
    named = [{"path": f"{n}_{one}", "type": KIND + one} for n, one in enumerate(modules)]
    (folder / "modules.json").write_text(json.dumps(named))
    last = folder / named[-1]["path"]
    last.mkdir()
    (last / "config.json").write_text(json.dumps(config))
    return folder


def test_poolings_side_by_side_go_through_a_dense_layer(tiny: Playground) -> None:
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue["sentence-bert-dense"])
    assert folder
    inputs = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")
    with torch.inference_mode():
        tokens = AutoModel.from_pretrained(folder).eval()(**inputs).last_hidden_state[0]
    weights = load_file(folder / "2_Dense" / "model.safetensors")
    both = torch.cat([tokens[0], tokens.mean(0)])
    wanted = torch.tanh(weights["linear.weight"] @ both + weights["linear.bias"])
    options = {"pooling": "auto", "normalize": False}
    answer = tiny.run("feature-extraction", {"text": TEXT}, "sentence-bert-dense", options)
    assert answer.value == pytest.approx(wanted.tolist(), abs=1e-5)


@pytest.mark.parametrize(
    ("config", "poolings"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, ("cls",)),
        ({"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True}, ("cls", "max")),
        ({"pooling_mode_weightedmean_tokens": True}, ("weightedmean",)),
        ({"pooling_mode": "lasttoken"}, ("last",)),
        ({"pooling_mode": ["max", "mean_sqrt_len_tokens"]}, ("max", "mean_sqrt_len_tokens")),
        ({}, ("mean",)),
    ],
)
def test_the_poolings_asked_for(
    tmp_path: Path, config: dict[str, Any], poolings: tuple[str, ...]
) -> None:
    folder = repository(tmp_path, ["Transformer", "Pooling"], config)
    assert sentence_modules(folder) == SentenceModules(poolings)


def test_without_its_files_the_mean_is_taken(tmp_path: Path) -> None:
    assert sentence_modules(tmp_path) == SentenceModules(("mean",))


@pytest.mark.parametrize("part", ["Dense", "CNN"])
def test_a_part_that_cannot_be_read_is_no_vector(tmp_path: Path, part: str) -> None:
    with pytest.raises(ModelError, match=part):
        sentence_modules(repository(tmp_path, ["Transformer", "Pooling", part], {}))


@pytest.mark.parametrize(
    ("pooling", "wanted"),
    [("weightedmean", (1 * 1 + 2 * 2) / 3), ("mean_sqrt_len_tokens", 3 / 2**0.5), ("mean", 1.5)],
)
def test_padding_counts_for_nothing(pooling: str, wanted: float) -> None:
    tokens, mask = torch.tensor([[[1.0], [2.0], [9.0]]]), torch.tensor([[1, 1, 0]])
    assert pooled(tokens, mask, pooling).item() == pytest.approx(wanted)


@pytest.mark.parametrize("padding", ["left", "right"])
@pytest.mark.parametrize(("pooling", "wanted"), [("cls", 1.0), ("last", 2.0), ("max", 2.0)])
def test_both_engines_take_the_first_and_the_last_token_and_no_padding(
    pooling: str, wanted: float, padding: str
) -> None:
    tokens, mask = [[[9.0], [1.0], [2.0]]], [[0, 1, 1]]
    if padding == "right":
        tokens, mask = [[[1.0], [2.0], [9.0]]], [[1, 1, 0]]
    assert pooled(torch.tensor(tokens), torch.tensor(mask), pooling).item() == wanted
    assert openvino.pooled(np.array(tokens), np.array(mask), pooling).item() == wanted
