"""The folder of uploads: emptied with time, and bounded for a visitor and in all."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from components.server import uploads
from components.server.app import app_kwargs
from components.server.uploads import UploadFolder
from pipelines.errors import InputError
from pipelines.settings import Settings

FILE = 100_000

Fill = Callable[..., list[Path]]


@pytest.fixture
def limits(settings: Settings) -> Settings:
    """4 MB in all, 1 MB or 8 files for a visitor."""
    return replace(settings, max_uploads=8, max_uploads_mb=4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def fill(folder: Path) -> Fill:
    def fill(name: str, count: int, size: int = FILE) -> list[Path]:
        paths = [folder / f"{name}{n}" / "file" for n in range(count)]
        for path in paths:
            path.parent.mkdir(parents=True)
            path.write_bytes(b"x" * size)
        return paths

    return fill


def there(paths: list[Path]) -> int:
    return sum(path.exists() for path in paths)


def test_files_from_before_the_clock_was_set_back_grow_old_too(
    folder: Path, fill: Fill, limits: Settings
) -> None:
    [path] = fill("later", 1)
    os.utime(path, times=(time.time() + 1e6,) * 2)
    UploadFolder(folder, limits)
    assert path.stat().st_mtime <= time.time()


def test_old_files_go_and_what_the_page_shows_stays(
    folder: Path, fill: Fill, limits: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, generated = fill("shown", 2), fill("generated", 3)
    fresh = UploadFolder(folder, limits, [str(path) for path in shown])
    assert there(shown + generated) == 5
    monkeypatch.setattr(uploads, "YOUNG_SECONDS", 0)
    fresh.seconds = 0
    fresh.sweep()
    assert (there(shown), there(generated)) == (2, 0)
    assert sorted(path.name for path in folder.iterdir()) == ["shown0", "shown1"]


def test_a_link_out_of_the_folder_goes_alone(folder: Path, fill: Fill, limits: Settings) -> None:
    (folder.parent / "secret").mkdir()
    outside = folder.parent / "secret" / "file"
    outside.write_text("mine")
    fill("a", 1)
    (folder / "link").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    UploadFolder(folder, replace(limits, upload_hours=0))
    assert outside.read_text() == "mine"
    assert not (folder / "link").is_symlink()


def test_a_visitor_gets_no_room_for_more_files(folder: Path, fill: Fill, limits: Settings) -> None:
    kept = UploadFolder(folder, limits)
    kept.add("ada", map(str, fill("a", 8, 1)))
    with pytest.raises(InputError, match="too many files"):
        kept.admit("ada", 1, 1)
    kept.admit("bob", 8, 1)
    with pytest.raises(InputError, match="too many files"):
        kept.admit("bob", 1, 1_000_001)


def test_a_visitors_older_files_make_room_for_new_ones(
    folder: Path, fill: Fill, limits: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = UploadFolder(folder, limits)
    ada, bob = fill("a", 8), fill("b", 3)
    kept.add("ada", map(str, ada))
    kept.add("bob", map(str, bob))
    monkeypatch.setattr(uploads, "YOUNG_SECONDS", -1)
    kept.admit("ada", 2, 1)
    assert [path.exists() for path in ada] == [False, False, *[True] * 6]
    kept.admit("ada", 1, 600_000)
    assert (there(ada), there(bob)) == (3, 3)


def test_a_full_folder_takes_nothing_while_its_files_are_young(
    folder: Path, fill: Fill, limits: Settings
) -> None:
    fill("generated", 39)
    with pytest.raises(InputError, match="The server has no room"):
        UploadFolder(folder, limits).admit("ada", 1, 500_000)


def test_the_greediest_makes_room_for_the_others(
    folder: Path, fill: Fill, limits: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = UploadFolder(folder, limits)
    ada, generated = fill("a", 5), fill("generated", 40)
    kept.add("ada", map(str, ada))
    monkeypatch.setattr(uploads, "YOUNG_SECONDS", -1)
    kept.sweep()
    assert (there(ada), 25 < there(generated) < 35) == (5, True)


def test_the_pages_own_files_and_examples_are_kept(
    folder: Path, limits: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    example, value = tmp_path / "example.txt", tmp_path / "value.txt"
    example.write_text("example")
    value.write_text("value")
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Examples([[str(example)]], gr.File(str(value)))
    before = sorted(path for path in folder.rglob("*") if path.is_file())
    assert before
    app_kwargs(page, replace(limits, upload_hours=0))
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == before


def test_a_disk_that_is_nearly_full_takes_no_file(
    folder: Path, limits: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = UploadFolder(folder, replace(limits, min_free_mb=1))
    free = SimpleNamespace(free=1_000_000 + FILE)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    kept.admit("ada", 1, FILE)
    with pytest.raises(InputError, match="disk is full"):
        kept.admit("ada", 1, FILE + 1)


def test_what_an_upload_left_unfinished_counts_for_its_visitor_and_goes(
    folder: Path, limits: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, begun = UploadFolder(folder, limits), time.time() - 1
    folder.mkdir(exist_ok=True)
    left, coming = folder / "tmpa", folder / "tmpb"
    left.write_bytes(b"x" * FILE * 9)
    with coming.open("wb"):
        kept.add_unfinished("ada", begun)
        with pytest.raises(InputError, match="too many files"):
            kept.admit("ada", 1, FILE)
        monkeypatch.setattr(uploads, "LEFT_SECONDS", -1)
        kept.sweep()
        assert (left.exists(), coming.exists()) == (False, True)
    kept.admit("ada", 1, FILE)
