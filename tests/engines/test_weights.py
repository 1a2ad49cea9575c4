"""Weights kept in another number format come into the model as transformers would bring them."""

from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from pipelines.engines import engine
from pipelines.engines.transformers.weights import pretrained
from pipelines.errors import ModelError
from pipelines.registry import task, tasks
from tests.tiny import TINY, build

pytestmark = pytest.mark.slow

CAPABILITIES = {name: task(name).capabilities for name in tasks()}


def _saved_in(dtype: torch.dtype, folder: Path) -> bool:
    """Keep the folder's fractions in this format; False when it has no safetensors."""
    files = list(folder.glob("*.safetensors"))
    for file in files:
        weights = load_file(file)
        narrow = {
            name: value.to(dtype) if value.is_floating_point() else value
            for name, value in weights.items()
        }
        save_file(narrow, file, metadata={"format": "pt"})
    return bool(files)


def _head(folder: Path, name: str) -> str | None:
    for served in TINY[name].tasks:
        try:
            return engine("transformers").variant(folder, CAPABILITIES[served])
        except (ModelError, KeyError):
            continue
    return None


@pytest.mark.parametrize("name", TINY)
def test_every_family_saved_in_bfloat16_loads_as_transformers_loads_it(
    tmp_path: Path, name: str
) -> None:
    folder = build(name, tmp_path / name)
    if not (folder / "config.json").exists() or not _saved_in(torch.bfloat16, folder):
        return  # a GGUF, CTranslate2 or ONNX model
    head = _head(folder, name)
    assert head
    config = transformers.AutoConfig.from_pretrained(folder)
    ours = pretrained(folder, head, config, torch.float32)
    theirs = getattr(transformers, head).from_pretrained(folder, dtype=torch.float32)
    assert type(ours) is type(theirs)
    assert ours.dtype == torch.float32
    found, wanted = ours.state_dict(), theirs.state_dict()
    assert list(found) == list(wanted)
    assert all(torch.equal(found[one], wanted[one]) for one in wanted)
    if theirs.can_generate():
        assert ours.generation_config.to_dict() == theirs.generation_config.to_dict()


def test_weights_in_shards_are_all_read(tmp_path: Path) -> None:
    config = transformers.BertConfig(hidden_size=96, num_hidden_layers=2)
    model = transformers.BertModel(config).half()
    model.save_pretrained(tmp_path, max_shard_size="1MB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    ours = pretrained(tmp_path, "AutoModel", config, torch.float32).state_dict()
    assert all(torch.equal(ours[n], v.float()) for n, v in model.state_dict().items())
