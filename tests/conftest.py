"""The world of the tests: settings, one playground on the real starter models, the app itself.

The starters lie in the default cache, so that each machine fetches them once. Nothing else
touches the user's files: every other store lives in tmp_path.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import httpx
import pytest
from huggingface_hub import constants

from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.openmp import spin_shortly
from pipelines.run import Run
from pipelines.settings import Settings, from_environment
from pipelines.store import Progress
from tests.hub import Hub

spin_shortly()  # before a test imports torch
ROOT = Path(__file__).parents[1]
# The longest files of the browser's go first, so that all processes end at about the same time.
LONGEST = ("test_course.py", "test_lab_training.py", "test_hub_models.py", "test_tabs.py")
# What takes seconds or starts a program: real models, the running app, all the tiny models, pip, a
# program with a toy in it.
SLOW_FIXTURES = {"server_url", "starters", "playground", "tiny", "index", "with_shout"}
LONG_SECONDS = 900  # a slow test's limit on a busy machine, its share of downloads included
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
START_SECONDS = 90


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser and what is slow, so that no test has to say it itself.

    Browser tests come last: Playwright leaves its event loop running in the thread of the tests, in
    which no other test could then run one.
    """
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "browser"):
            item.add_marker(pytest.mark.browser)
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
        marked = item.get_closest_marker("slow") or item.get_closest_marker("browser")
        if marked and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG_SECONDS))
    order = ("", *LONGEST, "others")
    items.sort(key=lambda item: order.index(_part(item)))


def _part(item: pytest.Item) -> str:
    if not item.get_closest_marker("browser"):
        return ""
    return item.path.name if item.path.name in LONGEST else "others"


@pytest.fixture
def heard() -> Iterator[list[Progress]]:
    """The progress that is reported while the test runs."""
    told: list[Progress] = []
    with Run(told.append).active():
        yield told


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The defaults, with a cache of the test's own."""
    return Settings(cache=tmp_path / "cache")


@pytest.fixture(scope="session")
def playground() -> Iterator[Playground]:
    """The program's own models, in the cache folder of this machine's user."""
    playground = Playground(from_environment())
    yield playground
    playground.cache.close()


@pytest.fixture(scope="session")
def starters(playground: Playground) -> list[Entry]:
    """The starters, every one of them on this machine."""
    entries = [e for e in playground.catalogue.entries.values() if e.starter_for]
    for entry in entries:
        playground.store.get(entry)
    return entries


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Playground:
    """The tiny models, under their names; for the tasks and families that have no starter."""
    from tests.tiny_playground import tiny_playground

    return tiny_playground(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def server_url(starters: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real app, started as a user starts it, with MCP; its log is kept."""
    folder = Path(os.environ.get("PLAYGROUND_TEST_LOGS") or tmp_path_factory.mktemp("server"))
    with served(folder) as url:
        yield url


@pytest.fixture
def only_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """The only Hub that the client in this process knows, with a cache of its own."""
    with Hub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        yield hub


@contextmanager
def served(
    folder: Path,
    *,
    command: Sequence[str] = (sys.executable, "-u", str(ROOT / "app.py")),
    **environment: str,
) -> Iterator[str]:
    """The address of an app of its own, with these environment variables; logs into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    # Examples fill in only: the tests press Run themselves, and one of them turns this on.
    own = {
        "PLAYGROUND_RUN_EXAMPLES": "0",
        "PLAYGROUND_FRAME_ANCESTORS": "http://localhost:*",  # a page that frames this one
        "GRADIO_TEMP_DIR": str(folder / "uploads"),
        "PLAYGROUND_RUNS": str(folder / "runs"),
    }
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", "0", "--mcp"],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **own, **environment},
        )
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where the app answers, once it does."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = ADDRESS.search(log.read_text("utf-8", "replace"))
        if found:
            try:
                httpx.get(found[0], timeout=10).raise_for_status()
                return found[0]
            except httpx.HTTPError:
                pass
        time.sleep(0.1)
    pytest.fail(f"the app does not answer; its log:\n{log.read_text('utf-8', 'replace')}")
