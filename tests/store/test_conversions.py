"""Models with pickled weights only, for which the Hub's bot has proposed safetensors."""

from typing import Any

import pytest

from pipelines.errors import ModelError
from pipelines.store import Store
from pipelines.store.hub import CONVERSION
from tests.hub import Hub
from tests.store.hub_models import FILES, entry

NAME = "ada/old"
PICKLES = {"config.json": FILES["config.json"], "pytorch_model.bin": b"1"}


@pytest.fixture
def old(hub: Hub) -> str:
    return hub.publish(NAME, PICKLES)


def test_the_bots_safetensors_are_planned_and_fetched(hub: Hub, hub_store: Store, old: str) -> None:
    hub.propose(NAME, PICKLES, "Fix the card", author="bob")
    commit = hub.propose(NAME, PICKLES | FILES, CONVERSION)
    cost = hub_store.cost(entry(NAME))
    assert cost
    assert cost.pull_request == 2
    folder = hub_store.get(entry(NAME))
    assert folder.name == commit
    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    assert not (folder / "pytorch_model.bin").exists()
    hub.stop()
    assert hub_store.local(entry(NAME)) == folder


@pytest.mark.parametrize(
    "facts",
    [{"author": "mallory"}, {"status": "closed"}, {"title": "Add safetensors"}],
    ids=["another's", "closed", "another title"],
)
def test_nothing_else_that_is_proposed_is_taken(
    hub: Hub, hub_store: Store, old: str, facts: dict[str, Any]
) -> None:
    hub.propose(NAME, PICKLES | FILES, **{"title": CONVERSION} | facts)
    with pytest.raises(ModelError, match="only pickled weights"):
        hub_store.get(entry(NAME))


def test_a_pinned_revision_stays_what_it_is(hub: Hub, hub_store: Store, old: str) -> None:
    hub.propose(NAME, PICKLES | FILES, CONVERSION)
    with pytest.raises(ModelError, match="only pickled weights"):
        hub_store.cost(entry(NAME, revision=old))


def test_closed_discussions_change_nothing(hub: Hub, hub_store: Store, old: str) -> None:
    hub.fail("/discussions", status=403, times=9)
    with pytest.raises(ModelError, match="only pickled weights"):
        hub_store.cost(entry(NAME))
