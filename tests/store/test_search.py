"""Searching for models: on the Hub by task, offline on this disk, each with its size."""

import logging
from typing import Any

import pytest
from huggingface_hub import constants

from components import picker
from pipelines import Playground
from pipelines.model_search import find
from pipelines.registry import task
from pipelines.store import Store
from pipelines.store.visitor import visited
from tests.hub import Hub
from tests.store.hub_models import FILES, NAME, entry
from tests.store.package_index import PackageIndex
from tests.tiny import build

FORMATS = {"safetensors"}


def test_search_finds_loadable_models_of_the_task(hub: Hub, hub_store: Store) -> None:
    hub.publish("ada/tiny-more", FILES, pipeline_tag="feature-extraction", downloads=500, likes=7)
    hub.publish("ada/tiny-other", FILES, pipeline_tag="translation")
    hub.publish("ada/tiny-pickled", {"pytorch_model.bin": b"1"}, pipeline_tag="feature-extraction")
    found = hub_store.search("tiny", "feature-extraction", formats=FORMATS).models
    assert [one.name for one in found] == ["ada/tiny-more", NAME]
    assert (found[0].downloads, found[0].likes, found[1].licence) == (500, 7, "mit")
    assert found[0].size_bytes == 200_000


def test_search_asks_for_all_tasks_under_which_fitting_models_are_listed(
    hub: Hub, hub_store: Store
) -> None:
    listed = {"tiny-one": "fill-mask", "tiny-two": "sentence-similarity", "tiny-no": "translation"}
    for number, (name, tag) in enumerate(listed.items()):
        hub.publish(f"ada/{name}", FILES, pipeline_tag=tag, downloads=1000 + number)
    known = task("feature-extraction")
    found = hub_store.search("tiny", known.id, *known.tags, formats=FORMATS).models
    assert [one.name for one in found] == ["ada/tiny-two", "ada/tiny-one", NAME]


def test_search_offers_no_format_that_the_tasks_engines_do_not_read(
    hub: Hub, hub_store: Store
) -> None:
    for suffix in ("gguf", "onnx"):
        for tag in ("text-generation", "text-to-speech"):
            hub.publish(f"ada/it-{suffix}-{tag}", {"a": b"1"}, pipeline_tag=tag, tags=(suffix,))
    playground = Playground(hub_store.settings)
    for known, name in (
        ("text-generation", "ada/it-gguf-text-generation"),
        ("text-to-speech", "ada/it-onnx-text-to-speech"),
    ):
        assert [one.name for one in find(playground, task(known), "it-").models] == [name]


def test_offline_search_looks_on_this_disk(hub: Hub, hub_store: Store) -> None:
    hub.publish("bob/other", FILES)
    hub_store.get(entry())
    hub_store.get(entry("bob/other"))
    hub.stop()
    offline = Store(hub_store.settings)
    here = offline.search("TIN", "translation", formats=FORMATS).models
    assert [(one.name, one.here) for one in here] == [(NAME, True)]
    assert offline.search("nothing", "translation", formats=FORMATS).models == []


def test_offline_a_tab_is_offered_what_serves_its_task(hub: Hub, hub_store: Store) -> None:
    for name in ("bert-nli", "marian", "gguf"):
        folder = build(name, hub_store.folder / name)
        hub.publish(f"ada/tiny-{name}", folder)
        hub_store.get(entry(f"ada/tiny-{name}"))
    hub.stop()
    playground = Playground(hub_store.settings)
    for known, names in (
        ("text-classification", ["ada/tiny-bert-nli"]),
        ("translation", ["ada/tiny-gguf", "ada/tiny-marian"]),
        ("image-classification", []),
    ):
        assert [one.name for one in find(playground, task(known), "tiny-").models] == names


def test_models_whose_size_no_list_tells_are_found_with_it(hub: Hub, hub_store: Store) -> None:
    packed = {"config.json": b"{}", "it-q4_k_m.gguf": b"1" * 3000, "it-f16.gguf": b"2" * 9000}
    hub.publish("ada/it-gguf", packed, pipeline_tag="text-generation", tags=("gguf",))
    empty = {"readme.txt": b"nothing yet"}
    hub.publish("ada/it-empty", empty, pipeline_tag="text-generation", tags=("gguf",))
    found = find(Playground(hub_store.settings), task("text-generation"), "it-").models
    sizes = {one.name: one.size_bytes for one in found}
    assert sizes == {"ada/it-gguf": 3002, "ada/it-empty": None}  # what would be fetched


def test_a_visitor_finds_what_only_that_visitor_may_have(hub: Hub, hub_store: Store) -> None:
    tag, playground = "feature-extraction", Playground(hub_store.settings)
    hub.publish("ada/it-is-mine", FILES, private=True, pipeline_tag=tag)
    hub.grant("hf_ada", "ada/it-is-mine")
    assert find(playground, task(tag), "it-is").models == []
    with visited("hf_ada"):
        assert [one.name for one in find(playground, task(tag), "it-is").models] == [
            "ada/it-is-mine"
        ]


def typed(playground: Playground, words: str) -> Any:
    """What the model box becomes when these words are typed into it."""
    return picker._searcher(lambda: [("auto", "auto")], task("feature-extraction"), playground)(
        words, None
    )


def test_a_search_asks_whether_the_hub_is_there_once_and_few_sizes(
    hub: Hub, hub_store: Store
) -> None:
    known = task("summarization")
    for number in range(20):
        files = {"config.json": b"{}", "it-q4_k_m.gguf": b"%d" % number}
        name = f"ada/it-{number:02}"
        hub.publish(name, files, pipeline_tag="text-generation", tags=("gguf",), downloads=number)
    playground = Playground(hub_store.settings)

    def requests() -> int:
        """The search's; the client asks one of its own, once a process (/api/agent-harnesses)."""
        hub.requests.clear()
        assert len(find(playground, known, "it-").models) == 12
        return len([r for r in hub.requests if r.method == "HEAD" or "/models" in r.path])

    assert requests() == 1 + 3 + 6  # is it there; a list for each of three tags; the sizes
    assert requests() == 3


def test_the_hub_is_asked_again_whether_it_is_there_when_a_minute_has_passed(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("pipelines.store.store.time.monotonic", lambda: now)
    for later, heads in ((0.0, 1), (59.0, 1), (61.0, 2)):
        now = 1000.0 + later
        hub_store.search("tiny", "feature-extraction", formats=FORMATS)
        assert len([r for r in hub.requests if r.method == "HEAD"]) == heads


@pytest.mark.slow
def test_a_hub_that_goes_away_meanwhile_is_not_asked_again(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub_store.search("tiny", "feature-extraction", formats=FORMATS).remark == ""
    hub.stop()
    remark = hub_store.search("tiny", "feature-extraction", formats=FORMATS).remark
    assert "cannot be reached" in remark
    monkeypatch.setattr("pipelines.store.hub.reachable", lambda: pytest.fail("asked again"))
    monkeypatch.setattr(
        "pipelines.store.search.on_the_hub", lambda *_, **__: pytest.fail("asked again")
    )
    again = hub_store.search("tiny", "feature-extraction", formats=FORMATS).remark
    assert "cannot be reached" in again


@pytest.mark.slow
def test_the_page_tells_why_only_this_disk_was_searched(hub: Hub, hub_store: Store) -> None:
    playground = Playground(hub_store.settings)
    hub_store.get(entry())
    assert (
        typed(playground, "tiny")["info"] == "auto, a name from the list, or type to search the Hub"
    )
    hub.fail("/api/models", status=503, times=99)
    shown = typed(playground, "tiny-")
    only_disk = "The Hub answered 503 about tiny-. Only models on this disk are listed."
    assert shown["info"] == only_disk
    hub.heal()
    assert (
        typed(playground, "tiny")["info"] == "auto, a name from the list, or type to search the Hub"
    )


def test_a_firewalls_page_in_the_hubs_place_is_told(
    hub: Hub, hub_store: Store, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.elsewhere = 200
    monkeypatch.setattr(constants, "ENDPOINT", index.url.removesuffix("/simple/"))
    remark = hub_store.search("tiny", "feature-extraction", formats=FORMATS).remark
    assert remark.startswith("The Hub's answer about tiny cannot be read.")


def test_a_defect_in_the_search_is_logged_and_told_not_hidden(
    hub: Hub,
    hub_store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def defect(*_: str, formats: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr("pipelines.store.search.on_the_hub", defect)
    shown = typed(Playground(hub_store.settings), "tiny")
    assert shown["info"] == "The search failed (KeyError): see the log."
    assert "choices" not in shown
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeyError]
    assert caplog.records[-1].levelno == logging.ERROR
