"""Runs of lab 2 beside the page: queue, pause, stop, crash, reload.

Each run is a process that imports torch at low priority: on a busy machine its first step can be
minutes away. So nothing here counts seconds, and what must not end by itself is far too long to.
"""

import contextlib
import errno
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import DiskFullError, InputError
from pipelines.labs.training import train, village
from pipelines.labs.training.recipe import Recipe
from pipelines.labs.training.run import Run
from pipelines.labs.training.runs import KEPT_SECONDS, MAX_WAITING, PLACES_BY_NETWORK, Runs

pytestmark = pytest.mark.slow


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    opened = Runs(tmp_path / "runs", limit=1)
    yield opened
    for run in list(opened._runs.values()):
        opened.stop(run.name)
    opened.close()


@pytest.fixture
def long(small: Recipe) -> Recipe:
    return replace(small, pretraining_steps=5000, tuning_steps=2000, batch_size=32)


TEXT = village.text(stories=200)


PATIENCE = 600.0  # seconds until a run that hangs fails its test


def until(runs: Runs, name: str, *states: str, after: int = -1) -> Run:
    """Wait for one of the states, and for a step behind `after`; what ends otherwise fails."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        run = runs.get(name)
        if run.state in states and (after < 0 or last_step(runs, name) > after):
            return run
        if run.state in ("done", "stopped", "failed") and run.state not in states:
            break
        time.sleep(0.1)
    log = runs.folder(name) / "log.txt"
    raise AssertionError(f"{run}: {runs.events(name)[0][-3:]} {log.exists() and log.read_text()}")


def steps(runs: Runs, name: str) -> list[int]:
    return [e["step"] for e in runs.events(name)[0] if e["event"] == "step"]


def last_step(runs: Runs, name: str) -> int:
    return max(steps(runs, name), default=0)


def test_a_run_goes_to_its_end_and_a_reload_finds_it(runs: Runs, small: Recipe) -> None:
    run = runs.start("ada", small, TEXT)
    assert until(runs, run.name, "done", "failed").state == "done"
    events, position = runs.events(run.name)
    assert events[-1]["event"] == "done"
    assert runs.events(run.name, position) == ([], position)
    again = Runs(runs.root)
    assert found(again, "ada").state == "done"
    assert again.find("ben") is None


def test_one_run_a_user_and_the_others_wait_in_turn(runs: Runs, long: Recipe) -> None:
    first = runs.start("ada", long, TEXT)
    with pytest.raises(InputError, match="running"):
        runs.start("ada", long, TEXT)
    second, third = runs.start("ben", long, TEXT), runs.start("cleo", long, TEXT)
    assert (first.state, second.place, third.place) == ("running", 1, 2)
    runs.stop(second.name)
    assert runs.get(third.name).place == 1
    runs.stop(first.name)
    assert until(runs, first.name, "stopped")
    assert until(runs, third.name, "running")


def test_a_paused_run_gives_up_its_place_and_goes_on_where_it_was(runs: Runs, long: Recipe) -> None:
    run = runs.start("ada", long, TEXT)
    until(runs, run.name, "running", after=0)
    runs.pause(run.name)
    until(runs, run.name, "paused")
    last = last_step(runs, run.name)
    other = runs.start("ben", long, TEXT)
    assert other.state == "running"
    assert runs.resume(run.name).state == "queued"
    runs.stop(other.name)
    until(runs, run.name, "running", after=last)
    done = steps(runs, run.name)  # it runs on meanwhile: what is compared is read once
    assert done == list(range(1, len(done) + 1))
    assert len(done) > last


def test_a_killed_run_fails_with_a_sentence_and_can_go_on(runs: Runs, long: Recipe) -> None:
    run = runs.start("ada", long, TEXT)
    until(runs, run.name, "running", after=0)
    runs._processes[run.name].kill()
    assert "ended from outside" in until(runs, run.name, "failed").why
    last = last_step(runs, run.name)
    runs.resume(run.name)
    assert until(runs, run.name, "running", after=last)


def test_after_the_server_went_down_its_run_is_paused_and_goes_on(
    runs: Runs, long: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def why_after_a_while(*_: str) -> str:
        time.sleep(0.5)
        return ""

    run = runs.start("ada", long, TEXT)
    until(runs, run.name, "running", after=0)
    with monkeypatch.context() as slow:
        slow.setattr(runs, "_why", why_after_a_while)
        runs.close()
    # Another server may write now.
    assert json.loads((runs.root / run.name / "state.json").read_text())["state"] == "paused"
    again = Runs(runs.root)
    assert found(again, "ada").state == "paused"
    with contextlib.closing(again):
        again.resume(run.name)
        until(again, run.name, "running", after=0)
        again.stop(run.name)
        until(again, run.name, "stopped")


def test_a_run_is_stopped_before_its_first_step(runs: Runs, long: Recipe) -> None:
    run = runs.start("ada", long, TEXT)
    assert runs.stop(run.name).state == "stopping"
    until(runs, run.name, "stopped")
    assert steps(runs, run.name) == []


def test_a_bad_text_starts_nothing(runs: Runs, small: Recipe) -> None:
    with pytest.raises(InputError):
        runs.start("ada", small, "short")
    assert runs.find("ada") is None


def test_a_second_server_on_the_same_cache_leaves_a_running_run_alone(
    runs: Runs, long: Recipe, tmp_path: Path
) -> None:
    run = runs.start("ada", long, TEXT)
    state = runs.folder(run.name) / "state.json"
    told = json.loads(state.read_text())
    state.write_text(json.dumps(told | {"server": os.getppid()}))  # a process that lives
    assert Runs(runs.root).find("ada") is None
    assert (runs.folder(run.name) / "control").read_text() == "go"


@pytest.fixture
def queue(tmp_path: Path) -> Runs:
    """Runs of which none ever gets its turn: it starts no process."""
    return Runs(tmp_path / "queue", limit=0)


def found(runs: Runs, user: str) -> Run:
    run = runs.find(user)
    assert run
    return run


def begin(runs: Runs, user: str, network: str = "") -> Run:
    return runs.start(user, Recipe(), TEXT, network=network)


def finished(runs: Runs, user: str, network: str = "", size: int = 0) -> str:
    """The name of a run that has made a model of so many bytes."""
    run = begin(runs, user, network)
    (runs.folder(run.name) / "tuned").mkdir()
    (runs.folder(run.name) / "tuned" / "model.safetensors").write_bytes(b"0" * size)
    runs._put(replace(run, state="done"))
    return run.name


def test_one_network_does_not_fill_the_queue_with_made_up_users(queue: Runs) -> None:
    for number in range(PLACES_BY_NETWORK):
        begin(queue, f"eve {number}", "evil")
    with pytest.raises(InputError, match="from your network"):
        begin(queue, "eve", "evil")
    assert begin(queue, "ada", "home").state == "queued"
    # A paused run has no place, and does not come back into the queue past the others.
    paused = queue.pause(found(queue, "eve 0").name)
    begin(queue, "eve 99", "evil")
    with pytest.raises(InputError, match="from your network"):
        queue.resume(paused.name)
    assert found(queue, "eve 0").state == "paused"


def test_the_places_of_a_network_are_counted_after_a_restart(queue: Runs) -> None:
    for number in range(PLACES_BY_NETWORK):
        begin(queue, f"eve {number}", "evil")
    with pytest.raises(InputError, match="from your network"):
        begin(Runs(queue.root, limit=0), "eve", "evil")


def test_the_queue_has_an_end_for_all_networks_together(queue: Runs) -> None:
    for number in range(MAX_WAITING):
        begin(queue, f"user {number}", f"network {number}")
    with pytest.raises(InputError, match=f"{MAX_WAITING} runs are waiting"):
        begin(queue, "ada", "home")


@pytest.mark.parametrize("network", ["home", "evil"])
def test_starts_and_stops_of_strangers_delete_no_finished_model(
    queue: Runs, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.labs.training.runs.KEPT_BY_NETWORK", 10)
    model = finished(queue, "ada", "home")
    for number in range(30):
        queue.stop(begin(queue, f"eve {number}", network).name)
    assert found(queue, "ada").name == model
    assert (queue.folder(model) / "tuned").is_dir()
    assert len(queue._runs) <= 11


def test_a_network_that_keeps_many_models_is_refused_and_no_other(
    queue: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.labs.training.runs.KEPT_BY_NETWORK", 3)
    models = [finished(queue, f"user {number}", "school") for number in range(3)]
    with pytest.raises(InputError, match="kept here already"):
        begin(queue, "ada", "school")
    assert begin(queue, "ada", "home")
    queue.delete(models[1])
    assert begin(queue, "ben", "school")
    assert [queue.folder(name).is_dir() for name in (models[0], models[2])] == [True, True]


def test_a_user_keeps_their_last_runs(queue: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.labs.training.runs.KEPT", 2)
    first = finished(queue, "ben")
    names = [finished(queue, "ada") for _ in range(4)]
    assert [(queue.root / name).exists() for name in names] == [False, True, True, True]
    assert (queue.root / first).exists()


def bytes_of_all(runs: Runs, more: int) -> None:
    """Make the disk's limit what all runs hold now, and so many bytes more."""
    runs.disk = sum(map(runs._size, runs._runs.values())) + more
    runs._tidy()


def test_a_full_disk_takes_the_oldest_of_who_holds_the_most(queue: Runs) -> None:
    # Eve has many names and the most bytes in all, in one network; ada holds more than each name.
    ada = finished(queue, "ada", "home", 50_000)
    names = [finished(queue, f"eve {n}", "evil", 30_000) for n in (1, 2, 3)]
    names += [finished(queue, "eve 3", "evil", 30_000)]
    bytes_of_all(queue, -1)
    # The oldest of eve 3, who holds two; then the oldest name of the network that holds the most.
    assert [(queue.root / name).exists() for name in names] == [True, True, False, True]
    bytes_of_all(queue, -1)
    assert [(queue.root / name).exists() for name in names] == [False, True, False, True]
    assert (queue.root / ada).exists()
    queue.disk = 1
    queue._tidy()
    assert queue._runs == {}


def test_a_full_disk_takes_nothing_that_works_or_waits(queue: Runs) -> None:
    run = begin(queue, "ada")
    queue.disk = 1
    queue._tidy()
    assert queue.get(run.name).state == "queued"


FULL = OSError(errno.ENOSPC, "No space left on device")


def test_where_the_disk_is_full_no_run_begins_and_nothing_is_left_of_it(
    queue: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: str) -> int:
        path.touch()
        raise FULL

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(DiskFullError, match=r"^The disk is full\."):
            begin(queue, "ada")
    assert queue.find("ada") is None
    assert [*queue.root.iterdir()] == []
    assert begin(queue, "ada").state == "queued"


def test_the_queue_goes_on_where_no_state_can_be_written(
    queue: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = begin(queue, "ada"), begin(queue, "ben")
    launched: list[str] = []

    def launch(run: Run) -> None:
        launched.append(run.name)
        if run.name == first.name:
            raise FULL

    def full(*_: object) -> int:
        raise FULL

    monkeypatch.setattr(queue, "_launch", launch)
    monkeypatch.setattr(Path, "write_text", full)
    queue.limit = 2
    queue._advance()
    assert launched == [first.name, second.name]
    failed = queue.get(first.name)
    assert (failed.state, failed.why.startswith("The disk is full.")) == ("failed", True)


def test_a_training_that_fills_the_disk_says_so_by_its_exit_code(
    queue: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("file write failed") from FULL

    run = begin(queue, "ada")
    monkeypatch.setattr(train, "read_dataset", full)
    code = train.run(queue.folder(run.name), quiet=True)
    assert code == train.DISK_FULL
    assert queue._why(run.name, code, "failed").startswith("The disk is full.")


def test_a_finished_model_is_kept_for_its_time(queue: Runs) -> None:
    old, young = finished(queue, "ada"), finished(queue, "ben")
    for file in queue.folder(old).rglob("*"):
        os.utime(file, (0, time.time() - KEPT_SECONDS - 1))
    again = Runs(queue.root, limit=0)
    assert again.find("ada") is None
    assert not (queue.root / old).exists()
    assert found(again, "ben").name == young


def test_a_run_that_was_paused_long_ago_is_forgotten_and_others_are_not(
    runs: Runs, long: Recipe
) -> None:
    for user in ("ada", "ben"):
        runs.pause(runs.start(user, long, TEXT).name)
    old, young = (found(runs, user).name for user in ("ada", "ben"))
    until(runs, old, "paused")
    until(runs, young, "paused")
    for file in runs.folder(old).rglob("*"):
        os.utime(file, (0, time.time() - KEPT_SECONDS - 1))
    again = Runs(runs.root)
    assert again.find("ada") is None
    assert not (runs.root / old).exists()
    assert found(again, "ben").state == "paused"
    assert (runs.root / young).exists()
    del runs._runs[old]  # this one has gone with its server


def test_a_run_works_at_low_priority(runs: Runs, long: Recipe) -> None:
    run = runs.start("ada", long, TEXT)
    until(runs, run.name, "running", after=0)
    process = runs._processes[run.name]
    assert os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_public_page_takes_less(tmp_path: Path, small: Recipe) -> None:
    public = Runs(tmp_path / "runs", public=True)
    with pytest.raises(InputError, match="500,000 characters"):
        public.start("ada", small, "a" * 500_001)
    with pytest.raises(InputError, match="at most 5 are allowed"):
        public.start("ada", replace(small, pretraining_steps=5000, layers=6, hidden_size=256))
