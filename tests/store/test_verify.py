"""Files in the cache are verified: a flipped byte never reaches an engine."""

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from pipelines.catalogue import Entry
from pipelines.engines.transformers.companions import VOCODER, VOCODER_REVISION
from pipelines.errors import Cancelled, ChecksumError
from pipelines.run import Run
from pipelines.store import Progress, Store, verify
from pipelines.store import store as module
from pipelines.store.visitor import visited
from tests.hub import Hub
from tests.store import hub_models
from tests.store.conftest import WEIGHTS
from tests.store.hub_models import FILES
from tests.store.package_index import PackageIndex


def flip(path: Path) -> None:
    """Change one byte in the middle; size and modification time stay."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def restarted(store: Store) -> Store:
    """A store as after a start of the program, which remembers nothing."""
    return Store(store.settings)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that the verifier reads."""
    names: list[str] = []
    real = verify.digest_of

    def counted(path: Path, like: str = "", tick: Callable[[int], None] = lambda n: None) -> str:
        names.append(path.name)
        return real(path, like, tick)

    monkeypatch.setattr(verify, "digest_of", counted)
    return names


@pytest.mark.parametrize("name", ["weights.bin", "config.json"])
@pytest.mark.parametrize("after", [restarted, lambda store: store], ids=["restart", "running"])
def test_a_flipped_byte_in_a_catalogue_file_is_fetched_again(
    store: Store,
    index: PackageIndex,
    entry: Entry,
    heard: list[Progress],
    name: str,
    after: Callable[[Store], Store],
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = store.get(entry)
    whole = (folder / name).read_bytes()
    flip(folder / name)
    with caplog.at_level(logging.WARNING, "playground"):
        assert after(store).get(entry) == folder
    assert (folder / name).read_bytes() == whole
    assert f"Damaged on this disk, downloading again: {name}" in [p.text for p in heard]
    assert f"tiny: damaged on this disk, deleted: {name}" in caplog.text


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "1_Pooling/config.json"])
def test_a_flipped_byte_in_the_hubs_cache_is_fetched_again(
    hub: Hub, hub_store: Store, name: str
) -> None:
    folder = hub_store.get(hub_models.entry())
    flip((folder / name).resolve())
    assert restarted(hub_store).get(hub_models.entry()) == folder
    assert (folder / name).read_bytes() == FILES[name]


def test_a_flipped_byte_in_a_visitors_cache_is_fetched_again(hub: Hub, hub_store: Store) -> None:
    hub.publish("ada/gated", FILES, gated=True)
    hub.grant("hf_ada", "ada/gated")
    with visited("hf_ada"):
        folder = hub_store.get(hub_models.entry("ada/gated"))
        flip((folder / "model.safetensors").resolve())
        assert restarted(hub_store).get(hub_models.entry("ada/gated")) == folder
    assert (folder / "model.safetensors").read_bytes() == hub_models.WEIGHTS


def test_a_flipped_byte_in_a_voices_vocoder_is_fetched_again(hub: Hub, hub_store: Store) -> None:
    hub.publish("ada/voice", FILES | {"config.json": b'{"model_type": "speecht5"}'})
    own = {"config.json": b'{"model_type": "hifigan"}', "model.safetensors": b"v" * 200_000}
    hub.publish(VOCODER, own, commit=VOCODER_REVISION)
    hub_store.get(hub_models.entry("ada/voice"))
    vocoder = hub_store.local(hub_models.entry(VOCODER, revision=VOCODER_REVISION))
    assert vocoder
    flip((vocoder / "model.safetensors").resolve())
    restarted(hub_store).get(hub_models.entry("ada/voice"))
    assert (vocoder / "model.safetensors").read_bytes() == b"v" * 200_000


def test_a_flipped_byte_in_a_prepared_file_is_fetched_again(
    store: Store,
    index: PackageIndex,
    entry: Entry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def halve(how: str, folder: Path) -> None:
        (folder / "half.bin").write_bytes((folder / "weights.bin").read_bytes()[::2])
        (folder / "weights.bin").unlink()

    monkeypatch.setattr(module, "prepare", halve)
    prepared = replace(entry, prepare="halve")
    folder = store.get(prepared)
    flip(folder / "half.bin")
    assert restarted(store).get(prepared) == folder
    assert (folder / "half.bin").read_bytes() == WEIGHTS[::2]


def test_a_manifest_that_was_changed_with_its_file_does_not_vouch_for_it(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    folder = store.get(entry)
    flip(folder / "weights.bin")
    manifest = json.loads((folder / "verified.json").read_text())
    forged = hashlib.sha256((folder / "weights.bin").read_bytes()).hexdigest()
    manifest["files"]["weights.bin"]["sha256"] = forged
    (folder / "verified.json").write_text(json.dumps(manifest))
    restarted(store).get(entry)
    assert (folder / "weights.bin").read_bytes() == WEIGHTS


def test_a_manifest_that_names_other_folders_files_is_not_believed(
    store: Store, index: PackageIndex, entry: Entry, tmp_path: Path
) -> None:
    folder = store.get(entry)
    other = tmp_path / "precious"
    other.write_bytes(b"1")
    for name in (str(other), f"../../../{other.name}"):
        manifest = json.loads((folder / "verified.json").read_text())
        manifest["files"][name] = {"sha256": "0" * 64, "size": 1}
        (folder / "verified.json").write_text(json.dumps(manifest))
        restarted(store).get(entry)
        assert other.exists()


@pytest.mark.parametrize("kind", ["catalogue", "hub"])
def test_a_damaged_file_without_a_source_is_said_and_deleted(
    store: Store, hub_store: Store, index: PackageIndex, hub: Hub, entry: Entry, kind: str
) -> None:
    wanted, name = entry, "weights.bin"
    if kind == "hub":
        store, wanted, name = hub_store, hub_models.entry(), "model.safetensors"
    folder = store.get(wanted)
    flip((folder / name).resolve())
    alone = Store(replace(store.settings, sources="cache"))
    with pytest.raises(ChecksumError, match=rf"was damaged.*were deleted \({name}\)"):
        alone.get(wanted)
    assert not os.path.lexists(folder / name)
    assert alone.local(wanted) is None
    assert restarted(store).get(wanted) == folder


def test_a_file_is_read_once_for_as_long_as_it_does_not_change(
    store: Store, index: PackageIndex, entry: Entry, hashed: list[str]
) -> None:
    folder = store.get(entry)
    hashed.clear()
    store.get(entry)
    assert hashed == []  # verified while it was downloaded
    again = restarted(store)
    for _ in range(3):
        again.get(entry)
    assert sorted(hashed) == ["config.json", "weights.bin"]
    hashed.clear()
    os.utime(folder / "config.json", (1, 1))
    again.get(entry)
    assert hashed == ["config.json"]


def test_the_hubs_files_are_read_once_too(hub: Hub, hub_store: Store, hashed: list[str]) -> None:
    hub_store.get(hub_models.entry())
    hashed.clear()
    hub_store.get(hub_models.entry())
    assert hashed == []
    again = restarted(hub_store)
    for _ in range(3):
        again.get(hub_models.entry())
    assert len(hashed) == len(FILES) - 1  # all but the README, which no engine reads


def test_verifying_tells_how_far_it_is_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "TELL_SECONDS", 0.0)
    large = tmp_path / "large"
    large.write_bytes(bytes(3 * verify.BLOCK))
    cancel, heard = threading.Event(), []

    def stop(progress: Progress) -> None:
        heard.append((progress.text, progress.done, progress.total))
        cancel.set()

    with pytest.raises(Cancelled), Run(stop, cancel).active():
        verify.Verifier().damaged({large: "0" * 64}, "It")
    assert heard == [("Verifying It", verify.BLOCK, 3 * verify.BLOCK)]


def test_a_file_whose_time_was_set_back_after_a_change_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(WEIGHTS)
    digests = {path: hashlib.sha256(WEIGHTS).hexdigest()}
    verifier = verify.Verifier()
    assert verifier.damaged(digests, "Tiny") == []
    assert verifier.knows(digests)
    time.sleep(0.02)  # file systems tell change times a few milliseconds apart
    flip(path)
    assert not verifier.knows(digests)
    assert verifier.damaged(digests, "Tiny") == [path]


def test_git_names_a_file_by_its_own_sha1(tmp_path: Path) -> None:
    (tmp_path / "hello").write_bytes(b"hello\n")
    known = "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object
    assert verify.digest_of(tmp_path / "hello", known) == known


def test_a_read_only_cache_is_verified_without_a_lock(hub: Hub, hub_store: Store) -> None:
    folder = hub_store.get(hub_models.entry())
    locks = Path(constants.HF_HUB_CACHE) / ".locks"
    for path in sorted(locks.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    locks.rmdir()
    locks.write_text("no folder can be made here")
    assert restarted(hub_store).get(hub_models.entry()) == folder
