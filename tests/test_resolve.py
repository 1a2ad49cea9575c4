"""Which model answers: names that exist and fit, and a sentence for all others."""

from dataclasses import replace

import pytest

from pipelines import Playground
from pipelines.catalogue import Catalogue, catalogue
from pipelines.errors import InputError, MemoryBudgetError, ModelError
from pipelines.registry import task, tasks
from pipelines.resolve import resolve
from pipelines.settings import Settings
from pipelines.store import Store

WILD = [
    "..", "../..", "../../etc/passwd", "/etc/passwd", "owner/..", "../name", "owner/na..me",
    "C:\\models", "file:///etc/passwd", "https://example.org/a", "a/b/c", "owner/", "/name",
    "owner/name@main", "own er/name", "\x00", "nothing", "~/model", "./model",
    "-rf/name", "a" * 200 + "/b", "owner/nämé\u202e",
]  # fmt: skip


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(replace(settings, sources="bundled,cache"))


@pytest.mark.parametrize("name", WILD, ids=repr)
def test_what_is_neither_a_name_nor_a_hub_id_is_refused(name: str, store: Store) -> None:
    with pytest.raises(ModelError, match="neither in the catalogue nor a Hub id"):
        resolve(task("text-generation"), name, catalogue(), store, store.settings)


def test_a_model_of_another_task_is_refused_with_those_that_fit(store: Store) -> None:
    with pytest.raises(ModelError, match=r"not for text-generation.*smollm2-135m-instruct"):
        resolve(task("text-generation"), "efficientnet-lite0", catalogue(), store, store.settings)


def test_a_hub_id_becomes_an_entry_of_the_task(store: Store) -> None:
    entry = resolve(task("translation"), "owner/name", catalogue(), store, store.settings)
    assert (entry.hub, entry.tasks, entry.engine) == ("owner/name", ("translation",), "auto")


def test_in_public_mode_only_the_catalogue_can_be_chosen(store: Store) -> None:
    public = replace(store.settings, public=True)
    with pytest.raises(ModelError, match="In public mode only catalogue models can"):
        resolve(task("translation"), "owner/name", catalogue(), store, public)
    assert resolve(task("text-to-speech"), "piper-en-us-joe", catalogue(), store, public)


@pytest.mark.parametrize("name", ["auto", "", "  ", None], ids=repr)
def test_auto_is_the_starter(name: str, store: Store) -> None:
    entry = resolve(task("text-to-speech"), name, catalogue(), store, store.settings)
    assert entry.name == "piper-en-us-joe"


def test_auto_is_the_recommended_model_once_it_is_here(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter = catalogue()["piper-en-us-joe"]
    better = replace(
        starter, name="better", starter_for=(), recommended_for=("text-to-speech",), files=()
    )
    known = Catalogue([starter, better])
    speech = task("text-to-speech")
    assert resolve(speech, "auto", known, store, store.settings) == starter
    monkeypatch.setattr(store, "local", lambda entry: "here" if entry == better else None)
    assert resolve(speech, "auto", known, store, store.settings) == better


@pytest.mark.parametrize("name", list(tasks()))
def test_every_task_has_its_starter(name: str, store: Store) -> None:
    starter = resolve(task(name), "auto", catalogue(), store, store.settings)
    assert name in starter.starter_for


def test_without_a_starter_auto_says_so(store: Store) -> None:
    none = Catalogue([])
    with pytest.raises(ModelError, match="No starter model for translation is bundled yet"):
        resolve(task("translation"), "auto", none, store, store.settings)


def test_an_unknown_task_is_said_with_the_known_ones(playground: Playground) -> None:
    with pytest.raises(InputError, match=r"no task named 'translating'.*translation"):
        playground.run("translating", {"text": "a"})


def test_an_unknown_option_is_said_with_the_known_ones(playground: Playground) -> None:
    with pytest.raises(InputError, match=r"no option named topk.*top_k"):
        playground.run("text-classification", {"text": "a"}, options={"topk": 3})


def test_a_budget_smaller_than_the_model_is_said(playground: Playground, starters: object) -> None:
    small = Playground(replace(playground.settings, memory_gb=0.01))
    with pytest.raises(MemoryBudgetError, match=r"needs 120 MB; the memory budget is 10 MB"):
        small.run("text-to-speech", {"text": "Hello."})
    assert small.cache.loaded() == []


def test_a_hub_model_without_a_hub_is_said(store: Store) -> None:
    entry = resolve(task("translation"), "owner/name", catalogue(), store, store.settings)
    with pytest.raises(Exception, match="no source of it can be reached"):
        store.get(entry)
