"""Which models of the Hub's cache are complete."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from pipelines.catalogue import Entry
from pipelines.engines.transformers.companions import VOCODER, VOCODER_REVISION
from pipelines.store.hub_cache import cached, storage_of, throw_away_damaged
from pipelines.store.verify import Verifier

VOICE = Entry("voice", "Voice", ("text-to-speech",), "auto", hub="ada/voice")


def snapshot(cache: Path, repo: str, commit: str, config: dict[str, Any]) -> Path:
    """The files of a model as the Hub's client lays them out."""
    folder = storage_of(repo, cache) / "snapshots" / commit
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    refs = storage_of(repo, cache) / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit, "utf-8")
    return folder


def test_a_model_is_complete_with_its_companion_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    voice = snapshot(tmp_path, "ada/voice", "a" * 40, {"model_type": "speecht5"})
    (voice / "preprocessor_config.json").write_text("{}", "utf-8")
    assert cached(VOICE) is None
    snapshot(tmp_path, VOCODER, VOCODER_REVISION, {"model_type": "hifigan"})
    assert cached(VOICE) == voice


def test_a_damaged_file_goes_from_every_snapshot_that_has_it(tmp_path: Path) -> None:
    storage = storage_of("ada/voice", tmp_path)
    blob = storage / "blobs" / hashlib.sha256(b"as it was").hexdigest()
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"as it is")
    links = [storage / "snapshots" / commit / "model.safetensors" for commit in ("a", "b")]
    for link in links:
        link.parent.mkdir(parents=True)
        link.symlink_to(f"../../blobs/{blob.name}")
    throw_away_damaged({links[0]: blob.name}, Verifier())
    assert not any(path.is_symlink() or path.exists() for path in (blob, *links))
