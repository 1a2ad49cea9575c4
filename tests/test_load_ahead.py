"""A tab's model is loaded when the tab is opened: if its files are here and there is room."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipelines import Playground
from pipelines.catalogue import Catalogue, Entry
from pipelines.settings import Settings
from pipelines.store import Store
from tests.conftest import served
from tests.page_events import Page
from tests.waiting import until

TASK, MODEL = "text-classification", "bert-sequence-classification"


def loaded(playground: Playground) -> list[str]:
    return [one.key.name for one in playground.cache.loaded()]


def of(tiny: Playground, settings: Settings, **known: Any) -> Playground:
    """One with the tiny models' files, and nothing in memory."""
    entries = [replace(one, **known) for one in tiny.catalogue.entries.values()]
    playground = Playground(settings, Catalogue(entries))
    playground.store = tiny.store
    return playground


def test_a_model_that_is_here_is_loaded_and_answers_at_once(tiny: Playground) -> None:
    playground = of(tiny, tiny.settings)
    playground.load_ahead(TASK, MODEL)
    assert loaded(playground) == [MODEL]
    facts = playground.run(TASK, {"text": "The lion sleeps."}, MODEL).facts
    assert facts
    assert facts.load_seconds == 0
    playground.cache.close()


def test_the_files_of_a_model_in_memory_are_not_looked_at_again(
    tiny: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    playground = of(tiny, tiny.settings)
    ask = partial(playground.run, TASK, {"text": "The lion sleeps."}, MODEL)
    first = ask().value
    got: list[str] = []

    def get(entry: Entry, *given: Any) -> Path:
        got.append(entry.name)
        return Store.get(tiny.store, entry, *given)

    monkeypatch.setattr(playground.store, "get", get)
    assert ask().value == first
    assert got == []
    playground.cache.close()
    assert ask().value == first
    assert got == [MODEL]
    playground.cache.close()


def test_nothing_is_evicted_for_it(tiny: Playground) -> None:
    gigabyte = 10**9
    playground = of(tiny, replace(tiny.settings, memory_gb=3), memory_bytes=2 * gigabyte)
    playground.load_ahead("feature-extraction", "bert-encoder")
    playground.load_ahead(TASK, MODEL)
    assert loaded(playground) == ["bert-encoder"]
    playground.cache.close()


def test_nothing_is_fetched_for_it_and_no_error_comes_of_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    playground = Playground(settings)
    monkeypatch.setattr(playground.store, "get", lambda *_: pytest.fail("fetched"))
    playground.load_ahead(TASK, "distilbert-sst2")
    playground.load_ahead(TASK, "nobody/nothing")
    assert loaded(playground) == []


def test_opening_a_tab_loads_its_model(starters: list[Entry], tmp_path: Path) -> None:
    with served(tmp_path) as url, Page(url) as page:
        page.open(TASK)
        loads = 'playground_model_loads_total{model="sentiment"} 1.0'
        until(lambda: loads in page.client.get("/metrics").text)
