"""A cache that cannot be written: a sentence that names the folder, or to visitors its setting."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from pipelines import Playground
from pipelines.catalogue import Catalogue, Entry
from pipelines.errors import DiskFullError, DownloadError, PlaygroundError
from pipelines.inventory import delete
from pipelines.progress import Meter
from pipelines.store import Store
from pipelines.store.download import download
from tests.hub import Hub
from tests.store import hub_models
from tests.store.package_index import PackageIndex, file_name


def a_file_in_its_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder.write_text("a file where the folder should be")
    return "Not a directory|File exists"


def no_permission(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """As another user's folder; faked, for tests may run as root, who may write everywhere."""
    _refuse(monkeypatch, folder, errno.EACCES)
    return "Permission denied"


def a_read_only_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    _refuse(monkeypatch, folder, errno.EROFS)
    return "Read-only file system"


def _refuse(monkeypatch: pytest.MonkeyPatch, folder: Path, number: int) -> None:
    real = os.mkdir

    def mkdir(path: Any, *rest: Any, **options: Any) -> None:
        if Path(path).is_relative_to(folder):
            raise OSError(number, os.strerror(number), str(path))
        real(path, *rest, **options)

    monkeypatch.setattr(os, "mkdir", mkdir)


Lock = Callable[[Path, pytest.MonkeyPatch], str]
ways = pytest.mark.parametrize("lock", [a_file_in_its_place, no_permission, a_read_only_disk])


@ways
def test_a_cache_folder_that_cannot_be_written_is_named(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch, lock: Lock
) -> None:
    reason = lock(store.settings.cache, monkeypatch)
    said = rf"The folder {store.folder} cannot be written \(({reason})\)\. Set PLAYGROUND_CACHE"
    with pytest.raises(DownloadError, match=said):
        store.get(entry)
    assert index.asked == []


@ways
def test_a_hub_cache_that_cannot_be_written_is_named(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch, lock: Lock
) -> None:
    cache = Path(constants.HF_HUB_CACHE)
    reason = lock(cache, monkeypatch)
    said = rf"The folder {cache} cannot be written \(({reason})\)\. Set HF_HOME"
    with pytest.raises(DownloadError, match=said):
        hub_store.get(hub_models.entry())
    assert hub.fetched("") == []


@pytest.mark.parametrize("source", ["index", "hub"])
def test_visitors_of_a_public_page_are_told_the_setting_and_no_path(
    store: Store,
    hub_store: Store,
    index: PackageIndex,
    hub: Hub,
    entry: Entry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    asked, wanted = (store, entry) if source == "index" else (hub_store, hub_models.entry())
    no_permission(tmp_path, monkeypatch)
    public = Store(replace(asked.settings, public=True))
    with pytest.raises(DownloadError) as refused:
        public.get(wanted)
    assert str(tmp_path) not in str(refused.value)
    assert ("PLAYGROUND_CACHE" if source == "index" else "HF_HOME") in refused.value.hint


def test_a_run_says_so_instead_of_failing_on_the_input(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_permission(store.settings.cache, monkeypatch)
    playground = Playground(store.settings, Catalogue([entry]))
    with pytest.raises(PlaygroundError, match="cannot be written"):
        playground.run("text-generation", {"prompt": "Hello"}, "tiny")


def test_a_file_that_cannot_be_written_is_told_without_its_path(
    index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = index.url.replace("simple/", f"files/{file_name('tiny-one', '1.0')}")
    real = Path.open

    def broken(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if path.suffix == ".part":
            raise OSError(errno.EIO, "Input/output error", str(path))
        return real(path, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", broken)
    with pytest.raises(DownloadError, match="Input/output error") as refused:
        download(url, tmp_path / "one.whl", "0" * 64, Meter(""))
    assert str(tmp_path) not in str(refused.value)


def test_a_full_quota_is_a_full_disk(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def full(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if path.suffix == ".part":
            raise OSError(errno.EDQUOT, "Disk quota exceeded", str(path))
        return real(path, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DiskFullError):
        store.get(entry)


def test_what_cannot_be_deleted_is_not_told_as_deleted(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.get(entry)
    playground = Playground(store.settings, Catalogue([entry]))

    def refused(path: Any, *rest: Any, **options: Any) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "unlink", refused)
    with pytest.raises(DownloadError, match=r"cannot be written \(Permission denied\)"):
        delete(playground, "tiny")
    assert playground.store.local(entry)
