"""OpenVINO's runtime: sends nothing, runs side by side, lets a stopped run's pass end."""

import gc
import os
import random
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import Playground
from pipelines.engines.openvino import runtime
from pipelines.engines.openvino.runtime import CompiledModel, compile_model, library, read_model
from pipelines.errors import Cancelled, ModelError
from pipelines.events import stream
from pipelines.playground import Answer
from pipelines.run import Run
from pipelines.settings import Settings
from tests.conftest import ROOT

SENDS_NOTHING = """
import sys
def watch(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print("tried", event, given)
sys.addaudithook(watch)
from pipelines.engines.openvino import runtime
openvino = runtime.library()
import openvino.tools.ovc, torch
class Double(torch.nn.Module):
    def forward(self, x):
        return x * 2
openvino.convert_model(Double(), example_input=torch.ones(2))
print("telemetry", sys.modules["openvino_telemetry"])
"""


def graph(size: int = 4, layers: int = 1) -> Any:
    """x of shape (rows, size) → x + layers."""
    ops = library().opset13
    x = value = ops.parameter([-1, size], np.float32, name="x")
    for _ in range(layers):
        value = ops.add(value, ops.constant(np.float32(1)))
        value = ops.matmul(value, ops.constant(np.eye(size, dtype=np.float32)), False, False)
    return library().Model([value], [x], "toy")


@pytest.mark.slow
def test_neither_importing_nor_converting_sends_anything(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment.pop("CI", None)  # with it the telemetry would hold back by itself
    done = subprocess.run(
        [sys.executable, "-c", SENDS_NOTHING],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "telemetry None"
    assert "tried" not in done.stdout
    assert not (tmp_path / "intel").exists()  # where it keeps the consent and the user's number


def test_a_file_is_compiled_once_for_all_who_use_it_and_freed_after_the_last(
    tmp_path: Path,
) -> None:
    file, given = tmp_path / "model.xml", np.ones((1, 4), np.float32)
    library().save_model(graph(), file)
    one, other = (compile_model(file, Settings(threads=2)) for _ in range(2))
    exact = compile_model(file, Settings(threads=2), precision="f32")
    assert one._compiled is other._compiled is not exact._compiled
    compiled = weakref.ref(one._compiled)
    one.close()
    assert (other.run(given)[0] == 2).all()
    other.close()
    gc.collect()
    assert compiled() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_weights_that_were_copied_are_not_held_mapped(tmp_path: Path) -> None:
    file = tmp_path / "model.xml"
    library().save_model(graph(512, 4), file, compress_to_fp16=True)
    model = compile_model(file, Settings(threads=2))
    for _ in range(2):  # the second pass needs none of them
        assert (model.run(np.ones((1, 512), np.float32))[0] == 5).all()
    maps = Path("/proc/self/smaps").read_text().split(str(file.with_suffix(".bin")))[1:]
    assert maps
    assert all("Rss:                   0 kB" in one.split("Pss:")[0] for one in maps)


def test_runs_side_by_side_get_their_own_answers() -> None:
    model = compile_model(graph(64, 8), Settings(threads=2))
    wrong: list[float] = []

    def visitor(number: int) -> None:
        for _ in range(50):
            (answer,) = model.run({"x": np.full((number + 1, 64), number, np.float32)})
            if answer.shape != (number + 1, 64) or (answer != number + 8).any():
                wrong.append(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visitor, range(8)))
    assert not wrong
    assert model.parallel == 2


def test_an_answer_stays_when_the_next_run_has_ended() -> None:
    model = compile_model(graph(), Settings(threads=1))
    (first,) = model.run({"x": np.zeros((1, 4), np.float32)})
    model.run({"x": np.full((1, 4), 9, np.float32)})
    assert first.tolist() == [[1, 1, 1, 1]]


def test_a_pass_goes_to_its_end_when_its_run_is_stopped() -> None:
    model = compile_model(graph(512, 100), Settings(threads=1))
    run = Run()
    threading.Timer(0.1, run.cancel.set).start()
    with run.active():
        (answer,) = model.run({"x": np.zeros((5_000, 512), np.float32)})
    assert run.stopped
    assert (answer == 100).all()


def test_who_stops_goes_at_once_and_the_place_is_free_when_the_pass_has_ended() -> None:
    model = compile_model(graph(512, 100), Settings(threads=1))
    run, ended = Run(), threading.Event()

    def work(put: Callable[[Any], None]) -> None:
        model.run({"x": np.zeros((20_000, 512), np.float32)})
        ended.set()

    events = stream(work, run, name="test", stop=run.cancel, wait=False, patience=60)
    threading.Timer(0.3, run.cancel.set).start()
    with pytest.raises(Cancelled):
        next(events)
    assert not ended.is_set()
    (answer,) = model.run({"x": np.zeros((1, 512), np.float32)})  # waits for the only place
    assert ended.wait(1)
    assert (answer == 100).all()


def test_runs_stopped_at_any_time_spoil_no_later_pass(
    playground: Playground, starters: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A pass broken off with InferRequest.cancel() made about 3 of 100 later ones fail.
    monkeypatch.setattr(runtime, "CHECK_SECONDS", 0.002)
    texts = [" ".join(["word"] * length) for length in (3, 20, 50, 120, 180, 240)]

    def embedded(text: str, cancel: threading.Event) -> Any:
        *_, last = playground.stream("feature-extraction", {"text": text}, "auto", {}, cancel)
        assert isinstance(last, Answer)
        return last.value

    expected = {text: embedded(text, threading.Event()) for text in texts}
    chance = random.Random(0)
    for _ in range(150):
        stopped, text = threading.Event(), chance.choice(texts)
        threading.Timer(chance.uniform(0, 0.04), stopped.set).start()
        with suppress(Cancelled):
            embedded(chance.choice(texts), stopped)
        assert np.allclose(embedded(text, threading.Event()), expected[text], atol=1e-4)


def test_who_waits_for_a_place_can_stop() -> None:
    model = compile_model(graph(), Settings(threads=1))
    stopped = Run()
    stopped.cancel.set()
    with model._request(), stopped.active(), pytest.raises(Cancelled):
        model.run({"x": np.zeros((1, 4), np.float32)})


def test_a_saved_graph_is_read_and_a_damaged_one_is_a_sentence(tmp_path: Path) -> None:
    library().save_model(graph(), tmp_path / "model.xml")
    model: CompiledModel = compile_model(tmp_path / "model.xml", Settings(threads=1))
    assert model.input_names == ("x",)
    assert model.run(np.zeros((1, 4), np.float32))[0].tolist() == [[1, 1, 1, 1]]
    (tmp_path / "model.xml").write_text("<net")
    with pytest.raises(ModelError, match="graph cannot be read"):
        read_model(tmp_path / "model.xml")


FIRST_CALLS = """
import faulthandler, os, sys, threading
sys.setswitchinterval(1e-6)
from pipelines.engines.openvino.runtime import library
openvino, together = library(), threading.Barrier(8)

def ask():
    together.wait()
    openvino.Type.f32.to_dtype()  # as every pass does

threads = [threading.Thread(target=ask, daemon=True) for _ in range(8)]
faulthandler.dump_traceback_later(20, exit=True)
for one in threads:
    one.start()
for one in threads:
    one.join()
os._exit(0)
"""


@pytest.mark.slow
def test_first_passes_at_once_do_not_wait_for_each_other_for_ever() -> None:
    # Of such processes four in five hung for good.
    many = [subprocess.Popen([sys.executable, "-c", FIRST_CALLS], cwd=ROOT) for _ in range(3)]
    assert [one.wait(100) for one in many] == [0, 0, 0]
