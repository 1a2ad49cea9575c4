"""A model that is made of others costs what they cost, and is where they are."""

from dataclasses import replace

from pipelines import Playground
from pipelines.settings import Settings


def test_parts_that_are_not_here_are_counted(settings: Settings) -> None:
    playground = Playground(settings)
    entry = playground.catalogue["photo-describer"]
    cost = playground.cost(entry)
    assert cost is not None
    assert cost.download_bytes == entry.size_bytes
    assert cost.memory_bytes == entry.memory_bytes
    assert playground.state(entry) == "downloadable"
    none = Playground(replace(settings, sources="bundled,cache"))
    assert none.state(entry) == "unreachable"


def test_a_model_without_parts_is_where_its_own_files_are(settings: Settings) -> None:
    playground = Playground(settings)
    entry = playground.catalogue["scene-detector"]
    assert playground.cost(entry) is None
    assert playground.state(entry) == "bundled"
