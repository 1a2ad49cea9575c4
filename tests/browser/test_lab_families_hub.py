"""Lab 1 with models of the Hub: asked about before they come, stopped, fetched, looked into.

The Hub is the one of tests/hub.py on loopback; this page's app knows no other.
"""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import transformers
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, write
from tests.browser.test_lab_families import Lab, done
from tests.browser.test_lab_families_tiny import pick
from tests.conftest import served
from tests.hub import Hub
from tests.tiny import build

expect.set_options(timeout=PATIENCE)
NewPage = Callable[..., Page]
# What is typed for an encoder with this head, and what its figure is called then.
HEADS = {
    "BertForMaskedLM": ("The lion ___ under a tree.", "The masked word"),
    "BertForTokenClassification": ("", "Names in the sentence"),
    "BertForQuestionAnswering": ("Who sleeps?", "The answer"),
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with Hub() as hub:
        for name, tiny in (("gpt2", "gpt2"), ("slow-gpt2", "gpt2"), ("t5", "t5")):
            folder = build(tiny, tmp_path_factory.mktemp(name))
            hub.publish(f"ada/{name}", folder, license="mit")
        for head in HEADS:
            folder = build("bert-encoder", tmp_path_factory.mktemp(head))
            getattr(transformers, head).from_pretrained(folder).save_pretrained(folder)
            hub.publish(f"ada/{head}", folder, license="mit")
        yield hub


@pytest.fixture(scope="module")
def hf_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app's downloads go."""
    return tmp_path_factory.mktemp("hf-home")


@pytest.fixture(scope="module")
def server_url(hub: Hub, hf_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that reaches this Hub, and asks before every download."""
    folder = tmp_path_factory.mktemp("lab-hub-server")
    with served(
        folder, HF_ENDPOINT=hub.url, HF_HOME=str(hf_home), PLAYGROUND_CONFIRM_MB="0"
    ) as url:
        yield url


def some_of_the_weights(hub: Hub, repo: str, hf_home: Path) -> None:
    """Waits until bytes of the weights lie on the disk."""
    hub.wait_for(f"/cdn/{repo}/", timeout=PATIENCE / 1000)
    end = time.monotonic() + PATIENCE / 1000
    while not any(part.stat().st_size for part in hf_home.rglob("*.part")):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


def status(column: Locator) -> Locator:
    return column.locator(".block.lab-status")


def agree(column: Locator) -> None:
    column.get_by_role("button", name=re.compile(r"^Download .* and look inside$")).click()


def test_a_model_is_asked_about_fetched_and_looked_into_and_the_others_look_on(
    new_page: NewPage,
) -> None:
    lab = Lab(new_page())
    pick(lab.decoder, "ada/gpt2")
    expect(lab.decoder.locator(".block.about-model")).to_contain_text("to download, fits the disk")
    lab.look()
    expect(status(lab.decoder)).to_contain_text("ada/gpt2 is not on this machine yet")
    expect(status(lab.decoder)).to_contain_text("licence mit")
    done(lab.encoder)
    agree(lab.decoder)
    assert "ada/gpt2" in done(lab.decoder)
    expect(lab.decoder.locator(".block.lab-surprise")).to_contain_text("Perplexity")
    expect(lab.decoder.get_by_role("button", name=re.compile("and look inside$"))).to_be_hidden()
    expect(lab.decoder.locator(".block.about-model")).not_to_contain_text("to download")


def test_a_download_is_stopped_and_gone_on_with(new_page: NewPage, hub: Hub, hf_home: Path) -> None:
    hub.slow("/cdn/ada/slow-gpt2/", bytes_per_second=20_000)
    lab = Lab(new_page())
    pick(lab.decoder, "ada/slow-gpt2")
    lab.look()
    agree(lab.decoder)
    expect(status(lab.decoder)).to_contain_text(re.compile(r"of [\d.]+ MB at [\d.]+ MB/s"))
    some_of_the_weights(hub, "ada/slow-gpt2", hf_home)
    stop = lab.decoder.get_by_role("button", name="Stop")
    stop.click()
    expect(status(lab.decoder)).to_have_text("Stopped.")
    expect(stop).to_be_disabled()
    lab.look("A dog runs along the beach.")  # what was agreed to once is not asked again
    expect(lab.translator.locator(".block.lab-attention")).to_contain_text("dog")  # it did not wait
    expect(status(lab.decoder)).to_contain_text("MB/s")
    stop.click()
    expect(stop).to_be_disabled()
    hub.heal()
    lab.look()
    assert "ada/slow-gpt2" in done(lab.decoder)
    assert hub.fetched("ada/slow-gpt2")[-1]  # a range: it went on where it had stopped


def test_a_model_of_another_family_is_refused_before_its_weights_come(
    new_page: NewPage, hub: Hub
) -> None:
    lab = Lab(new_page())
    pick(lab.decoder, "ada/t5")
    lab.look()
    agree(lab.decoder)
    expect(status(lab.decoder)).to_contain_text("this column shows a decoder-only one")
    assert not [one for one in hub.requests if "t5" in one.path and "safetensors" in one.path]


@pytest.mark.parametrize("head", HEADS)
def test_what_an_encoders_head_adds_is_shown(new_page: NewPage, head: str) -> None:
    asked, title = HEADS[head]
    lab = Lab(new_page())
    pick(lab.encoder, f"ada/{head}")
    lab.look()
    agree(lab.encoder)
    done(lab.encoder)
    lab.show("what each makes of it")
    if asked:
        box = lab.encoder.get_by_label("A text with a mask, or a question")
        write(box, asked)
        box.press("Enter")
    shown = lab.encoder.locator(".block.lab-head")
    expect(shown).to_contain_text(title)
    if head == "BertForMaskedLM":
        expect(shown).to_contain_text("The lion [MASK] under a tree.")
        expect(shown.locator(".lab-bar")).to_have_count(5)
    else:
        expect(shown.locator("mark").first).to_be_visible()
