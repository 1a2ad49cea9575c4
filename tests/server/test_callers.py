"""What an event began for somebody is cancelled when they have gone; on a page of one function."""

import threading
import time
from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from gradio.events import api

from components.server import disconnects
from components.server.disconnects import WatchedBlocks
from pipelines.errors import Cancelled
from pipelines.run import Run, current, stop_if_cancelled
from tests import waiting

PATIENCE = 20  # seconds
until = partial(waiting.until, seconds=PATIENCE)
UNHEARD = 2.0


class World:
    """A page whose endpoint computes until it is cancelled, or let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.runs: list[Run] = []
        with WatchedBlocks() as self.page:
            api(self.work, api_name="work")
            api(self.work, api_name="at_once", queue=False)

    def work(self) -> str:
        run = Run(parent=current())
        self.runs.append(run)
        while not self.go_on.wait(0.05) and not run.stopped:
            pass
        return "cancelled" if run.stopped else "done"

    @property
    def api(self) -> str:
        return f"{self.page.local_url}gradio_api"

    def post(self) -> str:
        sent = httpx.post(f"{self.api}/call/work", json={"data": []})
        return f"{self.api}/call/work/{sent.json()['event_id']}"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(disconnects, "UNHEARD_SECONDS", UNHEARD)
    world = World()
    world.page.launch(prevent_thread_lock=True, quiet=True, server_port=None)
    yield world
    world.go_on.set()
    world.page.close()


def test_who_listens_gets_the_answer_however_long_it_takes(world: World) -> None:
    url = world.post()
    lines: list[str] = []

    def listen() -> None:
        with httpx.stream("GET", url, timeout=PATIENCE) as stream:
            lines.extend(stream.iter_lines())

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    until(lambda: world.runs)
    time.sleep(2 * UNHEARD)
    assert not world.runs[0].stopped
    world.go_on.set()
    listening.join(PATIENCE)
    assert 'data: ["done"]' in lines


def test_what_nobody_listens_to_ends_after_a_while_and_not_before(world: World) -> None:
    world.post()
    until(lambda: world.runs)
    begun = time.monotonic()
    time.sleep(UNHEARD / 2)
    assert not world.runs[0].stopped
    until(lambda: world.runs[0].stopped)
    assert time.monotonic() - begun >= UNHEARD / 2


def test_an_answer_that_came_before_anybody_listened_is_kept(world: World) -> None:
    world.go_on.set()
    url = world.post()
    time.sleep(UNHEARD * 1.5)
    assert 'data: ["done"]' in httpx.get(url).text


@pytest.mark.parametrize("name", ["work", "at_once"])
def test_a_dropped_connection_cancels_what_it_asked_for_and_nothing_else(
    world: World, name: str
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{world.api}/run/{name}", json={"data": []}, timeout=1)
    until(lambda: world.runs[0].stopped)
    world.go_on.set()
    answer = httpx.post(f"{world.api}/run/{name}", json={"data": []}, timeout=PATIENCE)
    assert answer.json()["data"] == ["done"]


def test_what_is_begun_for_somebody_who_has_gone_is_cancelled_at_once() -> None:
    caller = Run()
    caller.cancel.set()
    with caller.active(), Run(parent=current()).active(), pytest.raises(Cancelled):
        stop_if_cancelled()


def test_a_script_is_never_cancelled() -> None:
    stopped = Run()
    stopped.cancel.set()
    with stopped.active():
        pass
    stop_if_cancelled()
