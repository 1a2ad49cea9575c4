"""What lies on this disk, and to whom it is told."""

import errno
from pathlib import Path

import pytest
from huggingface_hub import constants

from pipelines.model_key import ModelKey
from pipelines.store import disk, visitor
from pipelines.store.download import is_full
from pipelines.store.hub_cache import storage_of


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def lay(cache: Path, name: str) -> Path:
    """A model of two files as the Hub's client lays it out; its storage."""
    storage, commit = storage_of(name, cache), "a" * 40
    snapshot, blobs = storage / "snapshots" / commit, storage / "blobs"
    for folder in (snapshot, blobs, storage / "refs"):
        folder.mkdir(parents=True)
    (storage / "refs" / "main").write_text(commit, "utf-8")
    for file, content in (("config.json", b"{}"), ("model.safetensors", bytes(100))):
        (blobs / file).write_bytes(content)
        (snapshot / file).symlink_to(blobs / file)
    return storage


def test_what_came_of_a_file_counts_and_goes_with_its_model(shared: Path) -> None:
    storage = lay(shared, "ada/bert")
    (storage / "blobs" / "0123.part").write_bytes(bytes(1000))
    [model] = disk.hub_models()
    assert (model.name, model.size_bytes, model.own) == ("ada/bert", 1102, False)
    disk.delete("ada/bert")
    assert not storage.exists()


def test_a_visitors_own_models_are_told_to_that_visitor_alone(shared: Path) -> None:
    with visitor.visited("hf_ada"):
        lay(shared.with_name("visitors") / visitor.name(), "ada/private")
        shared.mkdir()
        own = ModelKey("ada/private", visitor=visitor.name())
        assert [(model.name, model.own) for model in disk.hub_models()] == [("ada/private", True)]
        assert visitor.may_know(own)
    for token in (None, "hf_bob"):
        with visitor.visited(token):
            assert disk.hub_models() == []
            assert not visitor.may_know(own)
            assert visitor.may_know(ModelKey("ada/bert"))


def test_a_full_disk_is_known_by_whatever_error_a_library_makes_of_it() -> None:
    full, quota = (OSError(one, "") for one in (errno.ENOSPC, errno.EDQUOT))
    wrapped = RuntimeError("file write failed")
    wrapped.__context__ = full
    words = Exception("I/O error: No space left on device (os error 28)")
    assert all(is_full(one) for one in (full, quota, wrapped, words))
    assert not any(is_full(one) for one in (OSError(errno.EACCES, "Denied"), ValueError("full")))
