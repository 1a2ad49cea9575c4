"""Searching for models: on the Hub by task, offline on this disk, each with its size."""

from pipelines import Playground
from pipelines.finding import find
from pipelines.registry import task
from pipelines.store import Store, Watch
from pipelines.store.visitor import visited
from tests.hub import Hub
from tests.store.hub_models import FILES, NAME, entry
from tests.tiny import build

FORMATS = {"safetensors"}


def test_search_finds_loadable_models_of_the_task(hub: Hub, hub_store: Store) -> None:
    hub.publish("ada/tiny-more", FILES, pipeline_tag="feature-extraction", downloads=500, likes=7)
    hub.publish("ada/tiny-other", FILES, pipeline_tag="translation")
    hub.publish("ada/tiny-pickled", {"pytorch_model.bin": b"1"}, pipeline_tag="feature-extraction")
    found = hub_store.search("tiny", "feature-extraction", formats=FORMATS)
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
    found = hub_store.search("tiny", known.id, *known.tags, formats=FORMATS)
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
        assert [one.name for one in find(playground, task(known), "it-")] == [name]


def test_offline_search_looks_on_this_disk(hub: Hub, hub_store: Store) -> None:
    hub.publish("bob/other", FILES)
    hub_store.get(entry(), Watch())
    hub_store.get(entry("bob/other"), Watch())
    hub.stop()
    offline = Store(hub_store.settings)
    assert [one.name for one in offline.search("TIN", "translation", formats=FORMATS)] == [NAME]
    assert offline.search("tin", "translation", formats=FORMATS)[0].here
    assert offline.search("nothing", "translation", formats=FORMATS) == []


def test_offline_a_tab_is_offered_what_serves_its_task(hub: Hub, hub_store: Store) -> None:
    for name in ("bert-nli", "marian", "gguf"):
        folder = build(name, hub_store.folder / name)
        hub.publish(f"ada/tiny-{name}", folder)
        hub_store.get(entry(f"ada/tiny-{name}"), Watch())
    hub.stop()
    playground = Playground(hub_store.settings)
    for known, names in (
        ("text-classification", ["ada/tiny-bert-nli"]),
        ("translation", ["ada/tiny-gguf", "ada/tiny-marian"]),
        ("image-classification", []),
    ):
        assert [one.name for one in find(playground, task(known), "tiny-")] == names


def test_models_whose_size_no_list_tells_are_found_with_it(hub: Hub, hub_store: Store) -> None:
    packed = {"config.json": b"{}", "it-q4_k_m.gguf": b"1" * 3000, "it-f16.gguf": b"2" * 9000}
    hub.publish("ada/it-gguf", packed, pipeline_tag="text-generation", tags=("gguf",))
    empty = {"readme.txt": b"nothing yet"}
    hub.publish("ada/it-empty", empty, pipeline_tag="text-generation", tags=("gguf",))
    found = find(Playground(hub_store.settings), task("text-generation"), "it-")
    sizes = {one.name: one.size_bytes for one in found}
    assert sizes == {"ada/it-gguf": 3002, "ada/it-empty": None}  # what would be fetched


def test_a_visitor_finds_what_only_that_visitor_may_have(hub: Hub, hub_store: Store) -> None:
    tag, playground = "feature-extraction", Playground(hub_store.settings)
    hub.publish("ada/it-is-mine", FILES, private=True, pipeline_tag=tag)
    hub.grant("hf_ada", "ada/it-is-mine")
    assert find(playground, task(tag), "it-is") == []
    with visited("hf_ada"):
        assert [one.name for one in find(playground, task(tag), "it-is")] == ["ada/it-is-mine"]
