"""/readyz: whether work should be sent here."""

import shutil
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from api.health import Health
from pipelines import Playground
from pipelines.settings import Settings


@pytest.fixture
def health(settings: Settings) -> Health:
    playground = Playground(settings)
    playground.in_flight.started = True
    return Health(playground)


def test_a_server_that_serves_is_ready_and_leaves_nothing_behind(health: Health) -> None:
    assert health.trouble() == ""
    assert list(health.playground.settings.cache.iterdir()) == []


def test_a_server_that_starts_is_not_ready(settings: Settings) -> None:
    assert Health(Playground(settings)).trouble() == "The server is starting."


def test_a_server_that_stops_is_not_ready(health: Health) -> None:
    health.playground.in_flight.stop(0)
    assert health.trouble() == "The server is stopping."


@pytest.mark.parametrize(
    ("free", "said"),
    [(200e6, ""), (200e6 - 1, "The disk is full.")],
)
def test_a_full_disk_is_told(
    health: Health, monkeypatch: pytest.MonkeyPatch, free: float, said: str
) -> None:
    usage: Callable[..., SimpleNamespace] = lambda folder: SimpleNamespace(free=free)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert health.trouble() == said


def test_a_cache_that_cannot_be_written_is_told_without_its_path(health: Health) -> None:
    cache = health.playground.settings.cache
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text("a file is where the folder should be")
    assert health.trouble() == "The cache folder cannot be written."
