"""Models of the Hub through the store and the Hub's real client, on a Hub on loopback."""

import hashlib
import json
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants, scan_cache_dir

from pipelines.catalogue import Catalogue, File
from pipelines.engines.transformers.companions import COMPANIONS, VOCODER, VOCODER_REVISION
from pipelines.errors import (
    Cancelled,
    ChecksumError,
    DiskFullError,
    DownloadError,
    MemoryBudgetError,
    ModelError,
    PlaygroundError,
    UnreachableError,
)
from pipelines.registry import task
from pipelines.resolve import resolve
from pipelines.run import Run
from pipelines.settings import Settings
from pipelines.store import Progress, Store
from pipelines.store.visitor import visited
from tests.hub import Hub
from tests.store.full_disk import full_for
from tests.store.hub_models import FILES, NAME, WEIGHTS, entry

pytestmark = pytest.mark.slow

PATIENCE = 30  # seconds


def kept(tmp_path: Path) -> list[str]:
    """What lies in the Hub's cache as a model's file."""
    return sorted(p.name for p in (tmp_path / "hub").glob("models--*/snapshots/*/**/*"))


def test_a_model_comes_with_the_files_that_are_needed_and_no_others(
    hub: Hub, hub_store: Store
) -> None:
    hub.publish(NAME, FILES | {"pytorch_model.bin": b"1", "onnx/model.onnx": b"2"})
    folder = hub_store.get(entry())
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there == set(FILES) - {"README.md"}
    assert {name: (folder / name).read_bytes() for name in there} == {n: FILES[n] for n in there}
    assert not [r for r in hub.requests if "pytorch_model" in r.path or "onnx" in r.path]


def test_what_it_takes_is_known_before(hub: Hub, hub_store: Store) -> None:
    cost = hub_store.cost(entry())
    assert cost
    wanted = sum(len(v) for k, v in FILES.items() if k != "README.md")
    assert (cost.download_bytes, cost.licence, cost.gated) == (wanted, "mit", False)
    assert cost.memory_bytes == 4 * 50_000
    assert cost.free_bytes > 0
    hub_store.get(entry())
    assert hub_store.cost(entry()) is None


def test_it_lies_where_other_programs_look_for_it(hub: Hub, hub_store: Store) -> None:
    from huggingface_hub import hf_hub_download, snapshot_download

    folder = hub_store.get(entry())
    assert Path(snapshot_download(NAME, local_files_only=True)) == folder
    hub.stop()
    assert hf_hub_download(NAME, "config.json", local_files_only=True)
    assert {repo.repo_id for repo in scan_cache_dir(constants.HF_HUB_CACHE).repos} == {NAME}


def test_what_is_here_costs_no_network(hub: Hub, hub_store: Store) -> None:
    folder = hub_store.get(entry())
    hub.requests.clear()
    assert hub_store.get(entry()) == folder
    assert hub.requests == []
    hub.stop()
    assert hub_store.get(entry()) == folder
    assert hub_store.state(entry()) == "cached"


def test_a_pinned_revision_stays_when_main_moves(hub: Hub, hub_store: Store) -> None:
    first = hub.repos[NAME].refs["main"]
    hub.publish(NAME, FILES | {"config.json": b'{"model_type": "gpt2"}'})
    folder = hub_store.get(entry(revision=first))
    assert (folder / "config.json").read_bytes() == FILES["config.json"]


def test_progress_tells_bytes_rate_and_time_left(
    hub: Hub, hub_store: Store, heard: list[Progress]
) -> None:
    hub.slow("model.safetensors", bytes_per_second=150_000)
    hub_store.get(entry())
    counted = [p for p in heard if p.done and p.total]
    assert counted[-1].done == counted[-1].total == hub_store.plan(entry()).size_bytes
    done = [p.done for p in counted if p.done]
    assert done == sorted(done)
    timed = [p for p in counted if p.rate]
    assert timed
    assert all(p.seconds_left is not None and p.seconds_left >= 0 for p in timed)


def test_a_broken_connection_is_continued(hub: Hub, hub_store: Store) -> None:
    hub.cut("model.safetensors", after_bytes=80_000)
    folder = hub_store.get(entry())
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.fetched("model.safetensors") == [None, "bytes=80000-"]


def test_a_cancelled_download_goes_on_where_it_stopped(
    hub: Hub, hub_store: Store, tmp_path: Path
) -> None:
    hub.slow("model.safetensors", bytes_per_second=100_000)
    cancel = threading.Event()

    def stop(progress: Progress) -> None:
        if (progress.done or 0) > 60_000:
            cancel.set()

    with pytest.raises(Cancelled), Run(stop, cancel).active():
        hub_store.get(entry())
    assert hub_store.local(entry()) is None
    assert "model.safetensors" not in kept(tmp_path)
    hub.heal()
    folder = Store(hub_store.settings).get(entry())  # as after a restart of the program
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    resumed = hub.fetched("model.safetensors")[-1]
    assert resumed
    assert resumed != "bytes=0-"


def test_two_users_share_one_download(hub: Hub, hub_store: Store) -> None:
    hub.slow("model.safetensors", bytes_per_second=400_000)
    folders: list[Path] = []
    users = [
        threading.Thread(target=lambda: folders.append(hub_store.get(entry()))) for _ in range(3)
    ]
    for user in users:
        user.start()
    for user in users:
        user.join(60)
    assert len(folders) == 3
    assert hub.fetched("model.safetensors") == [None]


def test_a_visitor_shares_the_download_of_what_everybody_may_have(
    hub: Hub, hub_store: Store
) -> None:
    hub.grant("hf_ada")
    hub.slow("model.safetensors", bytes_per_second=400_000)
    folders: list[Path] = []

    def ask(token: str) -> None:
        with visited(token):
            folders.append(hub_store.get(entry()))

    users = [threading.Thread(target=ask, args=(token,)) for token in ("hf_ada", "", "hf_ada")]
    for user in users:
        user.start()
    for user in users:
        user.join(60)
    assert len(folders) == 3
    assert len(set(folders)) == 1
    assert hub.fetched("model.safetensors") == [None]


def test_the_one_who_stays_gets_the_model_when_the_other_leaves(hub: Hub, hub_store: Store) -> None:
    hub.slow("model.safetensors", bytes_per_second=200_000)
    leave, left = threading.Event(), []

    def ask_and_leave() -> None:
        try:
            with Run(cancel=leave).active():
                hub_store.get(entry())
        except Cancelled as cancelled:
            left.append(cancelled)

    first = threading.Thread(target=ask_and_leave)
    first.start()
    hub.wait_for("/cdn/")
    second: list[Path] = []
    other = threading.Thread(target=lambda: second.append(hub_store.get(entry())))
    other.start()
    time.sleep(0.3)
    leave.set()
    first.join(30)
    other.join(60)
    assert left
    assert second
    assert hub.fetched("model.safetensors") == [None]


def test_a_wrong_byte_is_an_error_that_keeps_nothing(
    hub: Hub, hub_store: Store, tmp_path: Path
) -> None:
    hub.corrupt("model.safetensors")
    with pytest.raises(ChecksumError, match=r"model\.safetensors is not the file"):
        hub_store.get(entry())
    assert "model.safetensors" not in kept(tmp_path)
    assert not [
        p
        for p in (tmp_path / "hub").rglob("*")
        if p.is_file() and len(WEIGHTS) - 9 < p.stat().st_size
    ]
    hub.heal()
    assert hub_store.get(entry())


def test_a_wrong_byte_in_a_small_file_is_found_too(hub: Hub, hub_store: Store) -> None:
    hub.corrupt("tokenizer.json")
    with pytest.raises(ChecksumError, match=r"tokenizer\.json"):
        hub_store.get(entry())


def test_a_hub_that_is_busy_is_waited_for(hub: Hub, hub_store: Store) -> None:
    hub.fail("/cdn/", status=429, retry_after=0, method="GET")
    assert hub_store.get(entry())


def test_a_hub_that_asks_to_wait_long_is_quoted(hub: Hub, hub_store: Store) -> None:
    hub.fail("/api/models/", status=429, retry_after=99, times=9)
    with pytest.raises(DownloadError, match=r"asked too often\. Try again in 99 s"):
        hub_store.get(entry())


def test_a_hub_that_fails_is_said(hub: Hub, hub_store: Store) -> None:
    hub.fail("/api/models/", status=503, times=9)
    with pytest.raises(DownloadError, match="answered 503 about ada/tiny"):
        hub_store.get(entry())


def test_a_disk_too_small_is_said_before_the_download(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFullError, match=r"MB are needed.*HF_HOME"):
        hub_store.get(entry())
    assert hub.fetched("model.safetensors") == []


def test_what_is_free_is_told_of_the_disk_of_the_hubs_cache(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hub").mkdir()
    usage = shutil.disk_usage("/")
    free = {tmp_path / "hub": 1234}
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: usage._replace(free=free.get(Path(path), 1))
    )
    cost = hub_store.cost(entry())
    assert cost
    assert cost.free_bytes == 1234


def test_a_disk_that_fills_up_leaves_nothing(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    weights = hashlib.sha256(WEIGHTS).hexdigest()
    full = full_for(monkeypatch, lambda name: name.startswith(weights))
    with full, pytest.raises(DiskFullError, match=r"disk is full.*HF_HOME"):
        hub_store.get(entry())
    assert not list((tmp_path / "hub").rglob("*.part"))
    assert hub_store.get(entry())


def test_a_model_larger_than_the_budget_is_not_downloaded(hub: Hub, settings: Settings) -> None:
    small = Store(replace(settings, memory_gb=0.0001))
    with pytest.raises(MemoryBudgetError, match="memory budget"):
        small.get(entry())
    assert hub.fetched("model.safetensors") == []


def test_a_model_of_another_architecture_is_refused_before_its_weights_come(
    hub: Hub, hub_store: Store
) -> None:
    def check(folder: Path) -> None:
        assert (folder / "config.json").exists()
        raise ModelError("another task's")

    with pytest.raises(ModelError, match="another task's"):
        hub_store.get(entry(), check)
    assert hub.fetched("model.safetensors") == []


def test_what_one_task_refuses_another_that_waited_for_the_same_model_gets(
    hub: Hub, hub_store: Store
) -> None:
    looking, go_on, got = threading.Event(), threading.Event(), []

    def refuse(folder: Path) -> None:
        looking.set()
        assert go_on.wait(PATIENCE)
        raise ModelError("another task's")

    def first() -> None:
        with pytest.raises(ModelError, match="another task's"):
            hub_store.get(entry(), refuse)

    def second() -> None:
        with Run(heard.append).active():
            got.append(hub_store.get(entry(), lambda folder: None))

    heard: list[Progress] = []
    threads = [
        threading.Thread(target=first),
        threading.Thread(target=second),
    ]
    threads[0].start()
    assert looking.wait(PATIENCE)
    threads[1].start()
    ends = time.monotonic() + PATIENCE
    while not heard and time.monotonic() < ends:
        time.sleep(0.01)
    assert "already" in heard[0].text
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert (got[0] / "model.safetensors").exists()


def test_an_unreachable_hub_costs_its_time_once(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.stop()
    for _ in range(2):
        with pytest.raises(UnreachableError, match="no source of it can be reached"):
            hub_store.get(entry())
    monkeypatch.setattr("pipelines.store.hub.reachable", lambda: pytest.fail("asked again"))
    with pytest.raises(UnreachableError):
        hub_store.get(entry())


def test_offline_nothing_is_asked(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UnreachableError):
        hub_store.get(entry())
    assert hub.requests == []


def test_shards_come_together_and_count_only_together(
    hub: Hub, hub_store: Store, tmp_path: Path
) -> None:
    shards = {f"model-0000{n}-of-00002.safetensors": WEIGHTS[:-n] for n in (1, 2)}
    index = {"weight_map": {"a": next(iter(shards)), "b": list(shards)[1]}}
    small = {"config.json": b"{}", "tokenizer.json": b"{}"}
    small["model.safetensors.index.json"] = json.dumps(index).encode()
    hub.publish("ada/large", small | shards | {"consolidated.safetensors": b"twice"})
    folder = hub_store.get(entry("ada/large"))
    assert {p.name for p in folder.iterdir()} == set(small) | set(shards)
    assert hub_store.local(entry("ada/large"))
    (folder / next(iter(shards))).unlink()
    assert hub_store.local(entry("ada/large")) is None


def test_of_many_quantisations_one_comes_with_its_eyes(hub: Hub, hub_store: Store) -> None:
    names = ["a.Q2_K.gguf", "a.Q4_K_M.gguf", "a.Q8_0.gguf", "mmproj-a-f16.gguf", "config.json"]
    hub.publish("ada/a-GGUF", {name: name.encode() for name in names})
    folder = hub_store.get(entry("ada/a-GGUF"))
    assert {p.name for p in folder.iterdir()} == {
        "a.Q4_K_M.gguf",
        "mmproj-a-f16.gguf",
        "config.json",
    }


def test_a_voice_needs_its_vocoder(hub: Hub, hub_store: Store) -> None:
    voices = {f"speaker_embeddings/{name}.npy": b"1" for name in ("bob", "ada")}
    hub.publish("ada/voice", FILES | voices | {"config.json": b'{"model_type": "speecht5"}'})
    vocoder = {"config.json": b'{"model_type": "hifigan"}'}
    hub.publish(VOCODER, vocoder | {"model.safetensors": WEIGHTS}, commit=VOCODER_REVISION)
    hub.publish(VOCODER, vocoder | {"pytorch_model.bin": b"1"})
    cost = hub_store.cost(entry("ada/voice"))
    assert cost
    assert cost.download_bytes > 2 * len(WEIGHTS)
    folder = hub_store.get(entry("ada/voice"))
    assert hub_store.local(entry(VOCODER, revision=VOCODER_REVISION))
    assert [p.name for p in (folder / "speaker_embeddings").iterdir()] == ["ada.npy"]


def test_two_voices_fetched_at_once_share_the_download_of_their_vocoder(
    hub: Hub, hub_store: Store
) -> None:
    for name in ("ada/voice", "ada/other-voice"):
        hub.publish(name, FILES | {"config.json": b'{"model_type": "speecht5"}'})
    own = {"config.json": b'{"model_type": "hifigan"}', "model.safetensors": b"v" * 200_000}
    hub.publish(VOCODER, own, commit=VOCODER_REVISION)
    hub.slow("speecht5_hifigan", bytes_per_second=400_000)
    together = threading.Barrier(2)

    def ask(name: str) -> None:
        hub_store.plan(entry(name))
        together.wait()
        hub_store.get(entry(name))

    users = [threading.Thread(target=ask, args=(n,)) for n in ("ada/voice", "ada/other-voice")]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert hub_store.local(entry("ada/voice"))
    assert hub_store.local(entry("ada/other-voice"))
    assert len(hub.fetched("speecht5_hifigan")) == 1


def test_the_vocoder_that_is_fetched_is_the_one_that_is_loaded() -> None:
    assert COMPANIONS["speecht5"] == ((VOCODER, VOCODER_REVISION),)


def test_the_catalogues_pinned_files_come_from_the_hub_too(hub: Hub, hub_store: Store) -> None:
    commit = hub.repos[NAME].refs["main"]
    files = tuple(
        File(name, hashlib.sha256(data).hexdigest(), len(data), ("x==1: y/z",), f"{name}")
        for name, data in FILES.items()
        if name in {"config.json", "model.safetensors"}
    )
    pinned = replace(entry(), name="tiny", revision=commit, files=files)
    hub.cut("model.safetensors", after_bytes=50_000)
    folder = hub_store.get(pinned)
    assert folder == hub_store.folder / "tiny"
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.fetched("model.safetensors") == [None, "bytes=50000-"]


def test_the_public_never_reaches_the_hubs_other_models(
    settings: Settings, hub_store: Store
) -> None:
    public = replace(settings, public=True)
    with pytest.raises(PlaygroundError, match="In public mode"):
        resolve(task("feature-extraction"), NAME, Catalogue([]), hub_store, public)
