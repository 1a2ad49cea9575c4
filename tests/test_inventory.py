"""What is on disk and in memory, and how it goes away."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from pipelines import Playground
from pipelines.engines import conversion
from pipelines.errors import ModelError
from pipelines.inventory import Held, delete, inventory, unload
from pipelines.model_key import ModelKey
from pipelines.settings import Settings
from pipelines.store.visitor import visited
from tests.hub import Hub
from tests.tiny import build
from tests.tiny_playground import in_this_process

TASK, NAME = "text-classification", "ada/tiny-bert"


@pytest.fixture
def hub(only_hub: Hub, tmp_path: Path) -> Hub:
    """The Hub, with one tiny model."""
    folder = build("bert-sequence-classification", tmp_path / "tiny")
    only_hub.publish(NAME, folder, pipeline_tag=TASK)
    return only_hub


@pytest.fixture
def world(settings: Settings, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Playground]:
    """A playground that reaches that Hub."""
    monkeypatch.setattr(conversion, "child", in_this_process)
    playground = Playground(settings)
    yield playground
    playground.cache.close()


def found(world: Playground, name: str = NAME) -> Held:
    return next(one for one in inventory(world) if one.name == name)


def test_a_model_that_ran_is_on_disk_and_in_memory(world: Playground) -> None:
    world.run(TASK, {"text": "hello"}, NAME)
    held = inventory(world)[0]
    assert (held.name, held.place, held.whole, held.in_use) == (NAME, "hub", True, False)
    assert held.disk_bytes > 10_000
    assert held.memory_bytes > 10_000
    assert 0 <= time.time() - held.last_used < 60


def test_what_comes_with_the_program_is_listed_and_cannot_be_deleted(world: Playground) -> None:
    held = found(world, "scene-detector")
    assert (held.place, held.deletable) == ("bundled", False)
    with pytest.raises(ModelError, match="no files of scene-detector to delete"):
        delete(world, "scene-detector")


def test_unloading_leaves_the_files(world: Playground) -> None:
    world.run(TASK, {"text": "hello"}, NAME)
    unload(world, NAME)
    assert world.cache.loaded() == []
    assert found(world).memory_bytes == 0
    assert found(world).disk_bytes


def test_deleting_takes_memory_and_files(world: Playground) -> None:
    world.run(TASK, {"text": "hello"}, NAME)
    delete(world, NAME)
    assert NAME not in {one.name for one in inventory(world)}
    assert not list(Path(constants.HF_HUB_CACHE).rglob("*.safetensors"))
    world.run(TASK, {"text": "hello"}, NAME)  # and it can be had again


def test_a_model_in_use_is_neither_unloaded_nor_deleted(world: Playground) -> None:
    world.run(TASK, {"text": "hello"}, NAME)
    key = world.cache.loaded()[0].key
    with world.cache.use(key, NAME, 1, lambda: pytest.fail("loaded twice")):
        assert found(world).in_use
        for do in (unload, delete):
            with pytest.raises(ModelError, match="is answering somebody"):
                do(world, NAME)
    assert found(world).disk_bytes


def test_a_broken_off_download_is_listed_and_can_be_deleted(world: Playground) -> None:
    coming = world.store.folder / "piper-en-us-joe.coming"
    coming.mkdir(parents=True)
    (coming / "voice.onnx.part").write_bytes(bytes(1000))
    held = found(world, "piper-en-us-joe")
    assert (held.place, held.disk_bytes, held.whole, held.deletable) == ("cache", 1000, False, True)
    delete(world, "piper-en-us-joe")
    assert not coming.exists()
    assert "piper-en-us-joe" not in {one.name for one in inventory(world)}


def test_what_came_of_a_file_counts_and_goes_with_its_model(world: Playground) -> None:
    world.run(TASK, {"text": "hello"}, NAME)
    before = found(world).disk_bytes
    [blobs] = Path(constants.HF_HUB_CACHE).glob("models--*/blobs")
    (blobs / "0123.part").write_bytes(bytes(1000))
    assert found(world).disk_bytes == before + 1000
    delete(world, NAME)
    assert not blobs.exists()


def test_what_only_a_visitor_may_have_that_visitor_alone_sees_and_deletes(
    world: Playground, hub: Hub, tmp_path: Path
) -> None:
    name = "ada/private-bert"
    hub.publish(name, build("bert-sequence-classification", tmp_path / "own"), private=True)
    hub.grant("hf_ada", name)
    list(world.stream(TASK, {"text": "hello"}, name, {}, threading.Event(), token="hf_ada"))
    for token in (None, "hf_bob"):
        with visited(token):
            assert name not in {one.name for one in inventory(world)}
            unload(world, name)
            with pytest.raises(ModelError, match="no files of"):
                delete(world, name)
    with visited("hf_ada"):
        held = found(world, name)
        assert (held.place, held.deletable, held.memory_bytes > 0) == ("own", True, True)
        delete(world, name)
        assert name not in {one.name for one in inventory(world)}
    assert world.cache.loaded() == []


def test_in_public_mode_nothing_is_unloaded_or_deleted(world: Playground) -> None:
    world.run(TASK, {"text": "hello"}, NAME)
    world.settings = replace(world.settings, public=True)
    for do in (unload, delete):
        with pytest.raises(ModelError, match="In public mode models are neither unloaded nor del"):
            do(world, NAME)
    world.settings = replace(world.settings, public=False)
    assert found(world).disk_bytes
    assert found(world).memory_bytes


def test_a_public_page_lists_no_models_but_the_catalogues(world: Playground) -> None:
    world.run(TASK, {"text": "hello"}, NAME)
    training = "lab:20260101-000000-0123456789abcdef:tuned"
    with world.cache.use(ModelKey(training), "A training", 1, lambda: _Closable()):
        assert {NAME, training} <= {one.name for one in inventory(world)}
        world.settings = replace(world.settings, public=True)
        names = {one.name for one in inventory(world)}
    assert names
    assert names <= set(world.catalogue.entries)


class _Closable:
    """A loaded model as far as the cache knows one."""

    parallel = 1
    system = ""

    def close(self) -> None:
        return
