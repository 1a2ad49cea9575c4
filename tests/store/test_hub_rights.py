"""What cannot be had from the Hub, and who may have what: each its own sentence."""

from pathlib import Path

import pytest
from huggingface_hub import constants

from pipelines.errors import (
    ModelError,
    PlaygroundError,
)
from pipelines.store import Store
from pipelines.store.visitor import name as visitor_name
from pipelines.store.visitor import owner, visited
from tests.hub import Hub
from tests.store.hub_models import FILES, entry

CASES = {
    "misspelt": ({}, r"There is no model ada/misspelt on the Hub, or it is private\."),
    "pickled": (
        {"config.json": b"{}", "pytorch_model.bin": b"1"},
        r"only pickled weights.*safetensors",
    ),
    "adapter": (
        {"adapter_config.json": b"{}", "adapter_model.safetensors": b"1"},
        r"only adapters for another model",
    ),
    "empty": ({"README.md": b"nothing"}, r"no weights that can be loaded here"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_had_gets_a_sentence_of_its_own(
    hub: Hub, hub_store: Store, case: str
) -> None:
    files, sentence = CASES[case]
    if files:
        hub.publish(f"ada/{case}", files)
    with pytest.raises(ModelError, match=sentence):
        hub_store.get(entry(f"ada/{case}"))
    with pytest.raises(ModelError, match=sentence):
        hub_store.cost(entry(f"ada/{case}"))


def test_a_misspelt_name_is_answered_with_names_like_it(hub: Hub, hub_store: Store) -> None:
    with pytest.raises(ModelError, match=r"Did you mean ada/tiny\?"):
        hub_store.get(entry("adda/tiny"))


def test_a_model_that_was_taken_down_is_said(hub: Hub, hub_store: Store) -> None:
    hub.publish("ada/shut", FILES, disabled=True)
    with pytest.raises(ModelError, match="taken down"):
        hub_store.get(entry("ada/shut"))
    hub.remove("ada/shut")
    with pytest.raises(ModelError, match="There is no model"):
        Store(hub_store.settings).get(entry("ada/shut"))


def test_a_gated_model_says_where_to_ask_and_comes_with_a_token(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("ada/gated", FILES, gated=True)
    hub.grant("hf_no", user="bob")
    hub.grant("hf_yes", "ada/gated")
    for token in ("", "hf_no"):
        monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(ModelError, match=rf"is gated.*{hub.url}/ada/gated"):
            hub_store.get(entry("ada/gated"))
    monkeypatch.setenv("HF_TOKEN", "hf_yes")
    cost = hub_store.cost(entry("ada/gated"))
    assert cost
    assert cost.gated
    assert hub_store.get(entry("ada/gated"))
    content = [r for r in hub.requests if r.path.startswith("/cdn/")]
    assert content
    assert all(r.token is None for r in content)


def test_what_only_a_visitor_may_have_nobody_else_gets(hub: Hub, hub_store: Store) -> None:
    hub.publish("ada/gated", FILES, gated=True)
    hub.publish("ada/private", FILES, private=True)
    hub.grant("hf_ada", "ada/gated", "ada/private")
    for name in ("ada/gated", "ada/private"):
        with visited("hf_ada"):
            folder = hub_store.get(entry(name))
            assert hub_store.local(entry(name)) == folder
            assert owner(folder) == visitor_name() != ""
        assert hub_store.local(entry(name)) is None
        with pytest.raises(ModelError, match=r"is gated|or it is private"):
            hub_store.get(entry(name))
        with visited("hf_bob"), pytest.raises(PlaygroundError):
            hub_store.get(entry(name))
    assert not (Path(constants.HF_HUB_CACHE) / "models--ada--private").exists()


def test_what_everybody_may_have_a_visitor_shares(hub: Hub, hub_store: Store) -> None:
    hub.grant("hf_ada")
    with visited("hf_ada"):
        folder = hub_store.get(entry())
        assert owner(folder) == ""
    assert hub_store.local(entry()) == folder


def test_a_private_model_comes_with_a_token(
    hub: Hub, hub_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("ada/private", FILES, private=True)
    with pytest.raises(ModelError, match="or it is private"):
        hub_store.get(entry("ada/private"))
    hub.grant("hf_yes", "ada/private")
    monkeypatch.setenv("HF_TOKEN", "hf_yes")
    assert hub_store.get(entry("ada/private"))
