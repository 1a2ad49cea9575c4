"""A GGUF file is unpacked once for lab 1, anew when it is another file, and never half."""

import errno
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from pipelines.errors import DiskFullError, ModelError
from pipelines.labs.families import attention
from pipelines.labs.families.gguf_folder import transformers_folder
from pipelines.labs.families.session import _folder
from tests.tiny import build


def test_a_gguf_file_is_unpacked_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    file = build("gguf", tmp_path / "gguf") / "tiny-F32.gguf"
    target, said = tmp_path / "labs" / "tiny", list[str]()
    assert transformers_folder(file, target, said.append) == target
    assert said[0].startswith("Unpacking the model once")
    assert load_file(target / "model.safetensors").popitem()[1].dtype == torch.float16
    model, tokenizer = attention.load(target, "ForCausalLM")
    assert attention.family(model.config) == "decoder"
    assert tokenizer.decode(tokenizer("The lion")["input_ids"]) == "The lion"
    said.clear()
    transformers_folder(file, target, said.append)
    assert not said
    with file.open("ab") as grown:
        grown.write(b"\0" * 32)
    transformers_folder(file, target, said.append)
    assert said
    assert [one.name for one in target.parent.iterdir()] == ["tiny"]


def test_a_broken_gguf_file_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "gguf").mkdir()
    file = tmp_path / "gguf" / "broken.gguf"
    file.write_bytes(b"GGUF" + b"\0" * 60)
    with pytest.raises(ModelError, match="cannot be unpacked"):
        transformers_folder(file, tmp_path / "labs" / "broken")
    assert not list((tmp_path / "labs").glob("*"))


def test_a_disk_that_fills_up_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = build("gguf", tmp_path / "gguf") / "tiny-F32.gguf"
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(DiskFullError, match="The disk is full"):
        transformers_folder(file, tmp_path / "labs" / "tiny")
    assert not list((tmp_path / "labs").glob("*"))


def test_of_a_model_with_a_projector_the_model_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"mmproj-{number}.gguf" for number in range(8)]
    names.insert(4, "tiny.gguf")
    for name in names:  # whichever order the disk lists them in, most likely it is not the first
        (tmp_path / name).touch()
    unpacked: list[Path] = []
    monkeypatch.setattr(
        "pipelines.labs.families.session.transformers_folder",
        lambda source, target, say: unpacked.append(source),
    )
    _folder(tmp_path, tmp_path / "target")
    assert unpacked == [tmp_path / "tiny.gguf"]
