"""Runs of lab 2 beside the page: queue, pause, stop, crash, reload.

Each run is a process that imports torch at low priority: on a busy machine its first step can be
minutes away. So nothing here counts seconds, and what must not end by itself is far too long to.
"""

import contextlib
import json
import os
import time
from dataclasses import replace

import pytest

from pipelines.errors import InputError
from pipelines.labs import world
from pipelines.labs.runs import FORGOTTEN, Runs

pytestmark = pytest.mark.slow


@pytest.fixture
def runs(tmp_path):
    opened = Runs(tmp_path / "runs", limit=1)
    yield opened
    for run in list(opened._runs.values()):
        opened.stop(run.name)
    opened.close()


@pytest.fixture
def long(small):
    return replace(small, pretraining_steps=5000, tuning_steps=2000, batch_size=32)


TEXT = world.text(stories=200)


PATIENCE = 600.0  # seconds until a run that hangs fails its test


def until(runs, name, *states, after=-1):
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


def steps(runs, name):
    return [e["step"] for e in runs.events(name)[0] if e["event"] == "step"]


def last_step(runs, name):
    return max(steps(runs, name), default=0)


def test_a_run_goes_to_its_end_and_a_reload_finds_it(runs, small):
    run = runs.start("ada", small, TEXT)
    assert until(runs, run.name, "done", "failed").state == "done"
    events, position = runs.events(run.name)
    assert events[-1]["event"] == "done"
    assert runs.events(run.name, position) == ([], position)
    again = Runs(runs.root)
    assert again.find("ada").state == "done"
    assert again.find("ben") is None


def test_one_run_a_user_and_the_others_wait_in_turn(runs, long):
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


def test_a_paused_run_gives_up_its_place_and_goes_on_where_it_was(runs, long):
    run = runs.start("ada", long, TEXT)
    until(runs, run.name, "running", after=0)
    runs.pause(run.name)
    until(runs, run.name, "paused")
    last = last_step(runs, run.name)
    other = runs.start("ben", long, TEXT)
    assert other.state == "running"
    assert runs.go_on(run.name).state == "queued"
    runs.stop(other.name)
    until(runs, run.name, "running", after=last)
    done = steps(runs, run.name)  # it runs on meanwhile: what is compared is read once
    assert done == list(range(1, len(done) + 1))
    assert len(done) > last


def test_a_killed_run_fails_with_a_sentence_and_can_go_on(runs, long):
    run = runs.start("ada", long, TEXT)
    until(runs, run.name, "running", after=0)
    runs._processes[run.name].kill()
    assert "ended from outside" in until(runs, run.name, "failed").why
    last = last_step(runs, run.name)
    runs.go_on(run.name)
    assert until(runs, run.name, "running", after=last)


def test_after_the_server_went_down_its_run_is_paused_and_goes_on(runs, long):
    run = runs.start("ada", long, TEXT)
    until(runs, run.name, "running", after=0)
    runs.close()
    again = Runs(runs.root)
    assert again.find("ada").state == "paused"
    with contextlib.closing(again):
        again.go_on(run.name)
        until(again, run.name, "running", after=0)
        again.stop(run.name)
        until(again, run.name, "stopped")


def test_a_run_is_stopped_before_its_first_step(runs, long):
    run = runs.start("ada", long, TEXT)
    assert runs.stop(run.name).state == "stopping"
    until(runs, run.name, "stopped")
    assert steps(runs, run.name) == []


def test_a_bad_text_starts_nothing(runs, small):
    with pytest.raises(InputError):
        runs.start("ada", small, "short")
    assert runs.find("ada") is None


def test_a_second_server_on_the_same_cache_leaves_a_running_run_alone(runs, long, tmp_path):
    run = runs.start("ada", long, TEXT)
    state = runs.folder(run.name) / "state.json"
    told = json.loads(state.read_text())
    state.write_text(json.dumps(told | {"server": os.getppid()}))  # a process that lives
    assert Runs(runs.root).find("ada") is None
    assert (runs.folder(run.name) / "control").read_text() == "go"


def test_only_the_last_ended_runs_are_kept(runs, small, monkeypatch):
    monkeypatch.setattr("pipelines.labs.runs.KEPT", 1)
    names = []
    for user in ("ada", "ben", "cleo"):
        names.append(runs.start(user, small, TEXT).name)
        runs.stop(names[-1])
        until(runs, names[-1], "stopped", "done")
    assert [(runs.root / name).exists() for name in names] == [False, True, True]


def test_a_run_that_was_paused_long_ago_is_forgotten_and_others_are_not(runs, long):
    for user in ("ada", "ben"):
        runs.pause(runs.start(user, long, TEXT).name)
    old, young = (runs.find(user).name for user in ("ada", "ben"))
    until(runs, old, "paused")
    until(runs, young, "paused")
    for file in runs.folder(old).iterdir():
        os.utime(file, (0, time.time() - FORGOTTEN - 1))
    again = Runs(runs.root)
    assert again.find("ada") is None
    assert not (runs.root / old).exists()
    assert again.find("ben").state == "paused"
    assert (runs.root / young).exists()
    del runs._runs[old]  # this one has gone with its server


def test_a_run_works_at_low_priority(runs, long):
    run = runs.start("ada", long, TEXT)
    until(runs, run.name, "running", after=0)
    process = runs._processes[run.name]
    assert os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_public_page_takes_less(tmp_path, small):
    public = Runs(tmp_path / "runs", public=True)
    with pytest.raises(InputError, match="500,000 characters"):
        public.start("ada", small, "a" * 500_001)
    with pytest.raises(InputError, match="at most 5 are allowed"):
        public.start("ada", replace(small, pretraining_steps=5000, layers=6, hidden_size=256))
