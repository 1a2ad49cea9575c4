"""Models of the Hub in the page: searched by typing, asked about, fetched, stopped, run, removed.

The Hub is the one of tests/hub.py on loopback; this page's app knows no other.
"""

import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, Tab
from tests.conftest import served
from tests.hub import Hub
from tests.tiny import build
from tests.tiny.onnx_files import voice_of

expect.set_options(timeout=PATIENCE)
Open = Callable[..., Tab]
TASK = "text-classification"
WIDGET = [
    {"text": "<img src=x onerror=alert(1)> two birds sing", "example_title": "<b>Birds</b>"},
    {"text": "the lion sleeps"},
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A Hub with one tiny model under several names."""
    folder = build("bert-sequence-classification", tmp_path_factory.mktemp("tiny-bert"))
    with Hub() as hub:
        for name in ("ada/tiny-bert", "ada/slow-bert", "ada/kept-bert"):
            hub.publish(name, folder, pipeline_tag=TASK, license="mit", downloads=1234, likes=42)
        hub.publish("ada/gated-bert", folder, pipeline_tag=TASK, gated=True)
        pairs = build("bert-nli", tmp_path_factory.mktemp("tiny-nli"))
        hub.publish("ada/pairs-bert", pairs, pipeline_tag=TASK, card={"widget": WIDGET})
        voices = build("kokoro", tmp_path_factory.mktemp("tiny-kokoro"))
        for name in ("ada/tiny-voices", "ada/linked-voices"):
            hub.publish(name, voices, pipeline_tag="text-to-speech", library_name=None)
        hub.publish("ada/tiny-gpt", build("gpt2", tmp_path_factory.mktemp("tiny-gpt2")))
        yield hub


@pytest.fixture(scope="module")
def hub_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app keeps what it fetches from this Hub."""
    return tmp_path_factory.mktemp("hub-home")


@pytest.fixture(autouse=True)
def nothing_fetched(hub_home: Path) -> None:
    """Each test fetches its own models, in a second try of it again."""
    shutil.rmtree(hub_home / "hub", ignore_errors=True)


@pytest.fixture(scope="module")
def server_url(hub: Hub, hub_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that reaches this Hub, and asks before every download."""
    folder = tmp_path_factory.mktemp("hub-server")
    with served(
        folder, HF_ENDPOINT=hub.url, HF_HOME=str(hub_home), PLAYGROUND_CONFIRM_MB="0"
    ) as url:
        yield url


def pick(tab: Tab, name: str, title: str = "") -> None:
    """Writes a model's whole name and takes it."""
    box = tab.panel.get_by_label("Model")
    box.fill(name)
    box.press("Enter")
    expect(about(tab)).to_contain_text(title or name)


def about(tab: Tab) -> Locator:
    return tab.panel.locator(".block.about-model")


def agree(tab: Tab) -> None:
    tab.panel.get_by_role("button", name=re.compile(r"^Download .* and run$")).click()


def write(tab: Tab) -> None:
    tab.panel.get_by_label("Text", exact=True).fill("the lion sleeps under an old tree")


def held(page: Page, name: str) -> Locator:
    """A model's row on the page of the models."""
    return page.locator(".held").filter(has_text=name)


def test_a_model_is_found_by_typing_asked_about_fetched_and_run(open_tab: Open) -> None:
    tab = open_tab(TASK)
    box = tab.panel.get_by_label("Model")
    box.click()
    box.press_sequentially("tiny-b", delay=100)
    found = tab.page.get_by_role("option").filter(has_text="ada/tiny-bert")
    expect(found).to_contain_text("1,234 downloads · 42 likes")
    expect(found).to_contain_text("mit")
    found.click()
    expect(about(tab)).to_contain_text("to download, fits the disk")
    expect(about(tab)).to_contain_text("within the budget")
    write(tab)
    tab.run()
    expect(tab.status).to_contain_text("ada/tiny-bert is not on this machine yet")
    agree(tab)
    assert "ada/tiny-bert on openvino" in tab.done()
    expect(tab.panel.get_by_role("button", name=re.compile("and run$"))).to_be_hidden()
    expect(tab.panel.get_by_test_id("label-output-value")).to_be_visible()
    expect(about(tab)).not_to_contain_text("to download")


def test_a_download_is_watched_stopped_and_gone_on_with(open_tab: Open, hub: Hub) -> None:
    hub.slow("slow-bert", bytes_per_second=20_000)
    tab = open_tab(TASK)
    pick(tab, "ada/slow-bert")
    write(tab)
    tab.run()
    agree(tab)
    expect(tab.status).to_contain_text(re.compile(r"of [\d.]+ MB at [\d.]+ MB/s, \d+ s left"))
    tab.button("Stop").click()
    expect(tab.status).to_have_text("Stopped.")
    hub.heal()
    tab.run()  # what was agreed to once is not asked again
    tab.done()
    assert hub.fetched("ada/slow-bert")[-1]  # a range: it went on where it had stopped


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ada/tiny-berd", "There is no model ada/tiny-berd"),
        ("ada/gated-bert", "ada/gated-bert is gated"),
        ("ada/tiny-gpt", "made for another task"),
    ],
)
def test_a_model_that_cannot_be_had_says_why(open_tab: Open, name: str, sentence: str) -> None:
    tab = open_tab(TASK)
    pick(tab, name)
    write(tab)
    tab.run()
    if "no model" not in sentence:
        agree(tab)
    assert sentence in tab.error()
    pick(tab, "sentiment", "Sentiment")
    tab.run()
    tab.done()


def test_a_model_is_unloaded_and_deleted_on_the_models_page(open_tab: Open) -> None:
    tab = open_tab(TASK)
    pick(tab, "ada/kept-bert")
    write(tab)
    tab.run()
    agree(tab)
    tab.done()
    page = tab.page
    page.get_by_role("tab", name="Models").click()
    page.wait_for_url("**/?view=models")
    row = held(page, "ada/kept-bert")
    in_memory = row.locator("td[data-label='In memory']")
    expect(in_memory).to_contain_text("MB")
    expect(page.locator(".budget progress")).to_be_visible()
    row.get_by_role("button", name="Unload").click()
    expect(page.locator("#models-status")).to_contain_text(
        "ada/kept-bert was unloaded from memory."
    )
    expect(in_memory).to_have_text("")
    page.once("dialog", lambda dialog: dialog.dismiss())
    row.get_by_role("button", name="Delete").click()
    expect(row).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button", name="Delete").click()
    deleted = "The files of ada/kept-bert were deleted from this disk."
    expect(page.locator("#models-status")).to_contain_text(deleted)
    expect(row).to_have_count(0)


def test_what_comes_with_the_program_cannot_be_deleted(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto("/?view=models")
    row = held(page, "Scene detector")
    expect(row).to_contain_text("comes with the program")
    expect(row.get_by_role("button", name="Delete")).to_have_count(0)


def test_a_models_card_offers_examples_and_a_pair_a_second_text(open_tab: Open) -> None:
    tab = open_tab(TASK)
    second = tab.panel.get_by_label("text_pair")
    expect(second).to_be_hidden()
    pick(tab, "ada/pairs-bert")
    expect(second).to_be_visible()
    expect(about(tab)).to_contain_text("apache-2.0")
    examples = tab.panel.locator(".card-examples")
    expect(examples).to_contain_text("<b>Birds</b>")
    examples.get_by_role("button", name="<b>Birds</b>").click()
    expect(tab.panel.get_by_label("Text", exact=True)).to_have_value(WIDGET[0]["text"])
    second.fill("an old tree sleeps")
    second.press("Shift+Enter")
    agree(tab)
    tab.done()
    expect(tab.panel.get_by_text("compares two texts")).to_have_count(0)
    pick(tab, "sentiment", "Sentiment")
    expect(second).to_be_hidden()
    expect(examples).to_be_hidden()
    pick(tab, "ada/pairs-bert")
    expect(second).to_have_value("")


def test_a_model_of_several_voices_speaks_in_the_one_that_is_chosen(open_tab: Open) -> None:
    tab = open_tab("text-to-speech")
    voice = tab.panel.get_by_label("voice")
    expect(voice).to_be_hidden()
    pick(tab, "ada/tiny-voices")
    expect(voice).to_have_value("af_heart")
    voice.click()
    expect(tab.page.get_by_role("option")).to_contain_text(["af_heart", "bf_emma", "ff_siwis"])
    tab.page.get_by_role("option", name="ff_siwis").click()
    tab.panel.get_by_label("Text", exact=True).fill("Bonjour.")
    tab.run()
    agree(tab)
    assert "ada/tiny-voices on kokoro" in tab.done()
    assert spoken(tab) == "ff_siwis"
    voice.fill("bf_emma")
    voice.press("Enter")
    tab.run()
    tab.done()
    assert spoken(tab) == "bf_emma"
    voice.fill("jf_alpha")
    voice.press("Enter")
    tab.run()
    assert "jf_alpha speaks Japanese" in tab.error()
    pick(tab, "piper-en-us-joe", "Piper")
    expect(voice).to_be_hidden()
    tab.run()
    tab.done()


def test_a_link_names_a_model_and_its_voice(open_tab: Open) -> None:
    tab = open_tab("text-to-speech", "&model=ada/linked-voices&voice=bf_emma&text=Hello.")
    expect(tab.panel.get_by_label("voice")).to_have_value("bf_emma")
    tab.run()
    agree(tab)
    tab.done()
    assert spoken(tab) == "bf_emma"


def spoken(tab: Tab) -> str:
    """The voice of the sentence that stands in the result."""
    [piece] = tab.panel.locator(".speech-pieces [data-source]").all()
    sound = tab.page.request.get(str(piece.get_attribute("data-source"))).body()
    samples, _ = soundfile.read(io.BytesIO(sound), dtype="int16")
    return voice_of(samples)
