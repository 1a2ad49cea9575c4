"""Which model "auto" takes: what is here, else what is a small download, by the languages asked."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.model_options import offered
from components.picker import describe, offer
from pipelines import Playground, resolve
from pipelines.catalogue import Catalogue, Entry, File
from pipelines.inputs.options import Language
from pipelines.playground import Answer, Facts
from pipelines.registry import task
from pipelines.settings import Settings
from pipelines.store import BUNDLED, Store, manifest
from tests.hub import Hub

SPEECH = task("text-to-speech")
TRANSLATION = task("translation")
SMALL = 10_000  # bytes, in place of the 100 MB


def entry(name: str, size: int, **facts: Any) -> Entry:
    plain = Entry(
        name=name,
        title=name,
        tasks=(SPEECH.id,),
        engine="auto",
        licence="none",
        size_bytes=size,
        memory_bytes=1,
    )
    return replace(plain, **facts)


def starter(size: int, **facts: object) -> Entry:
    file = File("voice.onnx", "0" * 64, size, ("a==1: voice.onnx",))
    return entry("starter", size, starter_for=(SPEECH.id,), files=(file,), **facts)


def recommended(size: int, **facts: object) -> Entry:
    return entry("better", size, recommended_for=(SPEECH.id,), hub="ada/better", **facts)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(resolve, "SMALL_DOWNLOAD", SMALL)
    return Store(Settings(cache=tmp_path / "cache"))


def publish(hub: Hub, size: int) -> None:
    hub.publish("ada/better", {"config.json": b"{}", "model.safetensors": bytes(size)})


def auto(store: Store, *entries: Entry) -> str:
    return resolve.resolve(SPEECH, "auto", Catalogue(entries), store, store.settings).name


def keep(store: Store, one: Entry) -> None:
    """Put the entry's files on this disk."""
    folder = store.folder / one.name
    folder.mkdir(parents=True)
    for file in one.files:
        (folder / file.path).write_bytes(bytes(file.size))
    manifest.write(folder, one)


def test_a_small_better_model_is_taken_while_neither_is_here(store: Store, only_hub: Hub) -> None:
    publish(only_hub, SMALL - 100)
    assert auto(store, starter(10), recommended(SMALL - 100)) == "better"


def test_a_better_model_no_larger_than_the_starter_is_taken(store: Store, only_hub: Hub) -> None:
    publish(only_hub, 3 * SMALL)
    assert auto(store, starter(4 * SMALL), recommended(3 * SMALL)) == "better"


def test_a_large_better_model_is_not_and_the_hub_is_not_asked(store: Store, only_hub: Hub) -> None:
    publish(only_hub, 3 * SMALL)
    assert auto(store, starter(2 * SMALL), recommended(3 * SMALL)) == "starter"
    assert only_hub.requests == []


def test_a_model_that_the_hub_has_grown_is_not(store: Store, only_hub: Hub) -> None:
    publish(only_hub, 3 * SMALL)
    assert auto(store, starter(10), recommended(SMALL)) == "starter"


def test_a_starter_that_is_here_is_taken_before_any_download(store: Store, only_hub: Hub) -> None:
    publish(only_hub, 100)
    keep(store, here := starter(4 * SMALL))
    assert auto(store, here, recommended(100)) == "starter"
    assert only_hub.requests == []


def test_an_adapter_is_here_with_its_base_only(store: Store, only_hub: Hub) -> None:
    publish(only_hub, 3 * SMALL)
    base = replace(starter(4 * SMALL), name="base", starter_for=())
    adapter = starter(10, base="base")
    keep(store, adapter)
    assert auto(store, adapter, base, recommended(3 * SMALL)) == "better"
    keep(store, base)
    assert auto(store, adapter, base, recommended(3 * SMALL)) == "starter"


def test_a_hub_out_of_reach_leaves_the_starter(store: Store, only_hub: Hub) -> None:
    only_hub.stop()
    assert auto(store, starter(10), recommended(100)) == "starter"


def test_a_hub_without_the_model_leaves_the_starter(store: Store, only_hub: Hub) -> None:
    assert auto(store, starter(10), recommended(100)) == "starter"
    assert only_hub.requests


def test_a_hub_that_is_no_source_leaves_the_starter(store: Store, only_hub: Hub) -> None:
    publish(only_hub, 100)
    offline = Store(replace(store.settings, sources="bundled,cache,index"))
    assert auto(offline, starter(10), recommended(100)) == "starter"
    assert only_hub.requests == []


def test_a_better_model_over_the_memory_budget_is_not(store: Store, only_hub: Hub) -> None:
    publish(only_hub, 100)
    large = recommended(100, memory_bytes=10**12)
    assert auto(store, starter(10), large) == "starter"


# Translation: each starter has its languages.

FIREFOX, SCENES, T5 = "firefox-en-pt", "translation", "t5-small"


@pytest.fixture
def known(tmp_path: Path) -> Playground:
    return Playground(Settings(cache=tmp_path / "cache", sources="bundled,cache"))


@pytest.mark.parametrize(
    ("languages", "name"),
    [
        ({}, SCENES),
        ({"source": "en", "target": "de"}, SCENES),
        ({"source": "en", "target": "fr-FR"}, SCENES),
        ({"source": "en", "target": "pt"}, FIREFOX),
        ({"source": "EN", "target": "pt-BR"}, FIREFOX),
        ({"source": "pt", "target": "en"}, FIREFOX),
        ({"source": "es", "target": "it"}, SCENES),
    ],
)
def test_the_starter_is_picked_by_the_languages(
    known: Playground, languages: Mapping[str, str], name: str
) -> None:
    assert known.resolve(TRANSLATION, "auto", languages).name == name


def test_a_better_model_that_is_here_answers_only_in_its_languages(
    known: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = known.store.local
    monkeypatch.setattr(
        known.store, "local", lambda one: Path("nowhere") if one.name == T5 else local(one)
    )
    monkeypatch.setattr("pipelines.model_languages.engine_for", lambda folder: _T5())
    assert known.resolve(TRANSLATION, "auto", {"source": "en", "target": "de"}).name == T5
    assert known.resolve(TRANSLATION, "auto", {"source": "en", "target": "pt"}).name == FIREFOX


class _T5:
    def languages(self, folder: Path) -> object:
        from pipelines.engines.base import Languages
        from pipelines.engines.transformers.languages import languages

        if folder == BUNDLED / SCENES:
            return languages(folder)
        both = dict.fromkeys(["en", "fr", "de", "ro"], "")
        return Languages(both, both)


def test_the_tab_offers_the_languages_of_all_starters(known: Playground) -> None:
    specs = {p.name: p.spec for p in TRANSLATION.options if isinstance(p.spec, Language)}
    assert set(offered(specs["source"], "auto", TRANSLATION, known)) == {"en", "pt"}
    assert set(offered(specs["target"], "auto", TRANSLATION, known)) == {"fr", "de", "en", "pt"}
    assert set(offered(specs["target"], FIREFOX, TRANSLATION, known)) == {"en", "pt"}


def test_the_picker_tells_of_auto_all_models_it_may_take(known: Playground) -> None:
    line = describe("auto", TRANSLATION, known)
    assert "Everyday scenes" in line
    assert "For en, pt: <b>Firefox Translations" in line
    assert "Firefox" not in describe(SCENES, TRANSLATION, known)


@pytest.mark.parametrize(
    ("model", "target", "offers"), [(SCENES, "fr", True), (FIREFOX, "pt", False)]
)
def test_the_better_model_is_offered_beside_a_starter_if_it_knows_the_languages(
    known: Playground, model: str, target: str, offers: bool
) -> None:
    answer = Answer({}, Facts(model, model, "", 0, 0, 0))
    update = offer(answer, TRANSLATION, known, {"source": "en", "target": target})
    assert update["visible"] == offers
