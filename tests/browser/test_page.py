"""The page as a whole: links, errors, looks, keyboard."""

import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from pipelines.registry import tasks
from tests.browser.conftest import ARTEFACTS, PATIENCE, ROOT, Tab, fits

expect.set_options(timeout=PATIENCE)
Open = Callable[..., Tab]


@pytest.mark.parametrize("task", list(tasks()))
def test_a_link_opens_its_tab_which_fits_a_phone_and_names_its_inputs(
    open_tab: Open, task: str
) -> None:
    tab = open_tab(task, viewport={"width": 390, "height": 844})
    expect(tab.page).to_have_title(f"{tasks()[task].title} · Pipeline Playground")
    assert tab.page.url.endswith(f"?task={task}")
    expect(tab.button("Run")).to_be_visible()
    fits(tab.page)
    expect(tab.panel.locator(".gallery-item:empty")).to_have_count(0)  # gradio fills them later
    nameless = tab.panel.locator("textarea, input:not([type=file]), button").evaluate_all(
        """all => all.filter(e => e.offsetParent !== null && !e.disabled && !(
            e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.title ||
            (e.labels && e.labels.length) || e.innerText.trim() || e.querySelector('img[alt]')
        )).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert nameless == []


def test_facts_are_of_the_model_that_was_chosen_meanwhile(new_page: Callable[..., Page]) -> None:
    page, held = new_page(), list[Route]()

    def hold(route: Route) -> None:  # what the tab asks when it is opened: about "auto"
        if (route.request.post_data_json or {}).get("data") == ["auto"]:
            held.append(route)
        else:
            route.continue_()

    page.route("**/queue/join*", hold)
    page.goto("/?task=text-classification")
    tab = Tab(page, "text-classification")
    tab.panel.get_by_label("Model").click()
    page.get_by_role("option").filter(has_text="SiEBERT").click()
    about = tab.panel.locator(".block.about-model")
    expect(about).to_contain_text("SiEBERT")
    [late] = held
    with page.expect_response("**/queue/join*"), page.expect_response("**/queue/join*"):
        late.continue_()
    page.wait_for_timeout(500)
    expect(about).to_contain_text("SiEBERT")


def test_a_click_on_a_tab_changes_the_address(open_tab: Open) -> None:
    tab = open_tab("translation")  # not the first tab, so that its link has been followed
    tab.page.get_by_role("tab", name="Audio").click()
    tab.page.get_by_role("tab", name="Text to speech").click()
    tab.page.wait_for_url("**/?task=text-to-speech")
    expect(tab.page).to_have_title("Text to speech · Pipeline Playground")
    Tab(tab.page, "text-to-speech")  # is made
    tab.page.go_back()  # to the tab that the group opened with
    tab.page.wait_for_url("**/?task=automatic-speech-recognition")
    Tab(tab.page, "automatic-speech-recognition")
    tab.page.go_back()
    expect(tab.page).to_have_title("Translation · Pipeline Playground")
    expect(tab.button("Run")).to_be_visible()
    tab.page.go_forward()
    expect(tab.page).to_have_title("Speech recognition · Pipeline Playground")
    expect(tab.page).to_have_url(re.compile(r"\?task=automatic-speech-recognition$"))
    tab.page.get_by_role("tab", name="Text", exact=True).click()  # a group that was open before
    expect(tab.page).to_have_url(re.compile(r"\?task=translation$"))


@pytest.mark.parametrize("name", ["telepathy", "constructor"])  # which every object has
def test_a_link_to_a_tab_that_does_not_exist_opens_the_start_page_and_is_left(
    new_page: Callable[..., Page], name: str
) -> None:
    page = new_page()
    page.goto(f"/?task={name}")
    expect(page.get_by_label("Find a task")).to_be_visible()
    expect(page.get_by_text(f"There is no “{name}” on this page")).to_be_visible()
    page.get_by_role("tab", name="Audio").click()
    page.wait_for_url("**/?task=automatic-speech-recognition")
    page.get_by_role("tab", name="Start", exact=True).click()
    expect(page.get_by_label("Find a task")).to_be_visible()
    expect(page.get_by_text("There is no")).to_be_hidden()


def test_a_link_may_name_a_task_as_transformers_does(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto("/?task=ner")
    expect(page.get_by_role("heading", name="Token classification", exact=True)).to_be_visible()
    page.wait_for_url("**/?task=token-classification")


def test_a_link_may_name_the_model(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto("/?task=zero-shot-classification&model=ada/some-model")
    panel = page.get_by_role("tabpanel").filter(
        has=page.get_by_role("heading", name="Zero-shot classification", exact=True)
    )
    expect(panel.get_by_label("Model").last).to_have_value("ada/some-model")


def test_empty_input_gets_a_sentence_and_a_hint(open_tab: Open) -> None:
    tab = open_tab("summarization")
    tab.run()
    assert tab.error() == "The text is empty. Type something or click an example."
    tab.example()
    tab.run()
    tab.done()


def test_a_broken_picture_is_said_and_the_page_goes_on(open_tab: Open, tmp_path: Path) -> None:
    broken = tmp_path / "cat.png"
    broken.write_bytes((ROOT / "assets/examples/cat.jpg").read_bytes()[:3000])
    tab = open_tab("image-classification")
    tab.panel.locator("input[type=file]").first.set_input_files(broken)
    tab.panel.get_by_label("Remove Image").wait_for()
    tab.run()
    assert "not a picture that can be read" in tab.error()


def test_an_unknown_model_is_said(open_tab: Open) -> None:
    tab = open_tab("feature-extraction")
    model = tab.panel.get_by_label("Model")
    model.fill("../../etc/passwd")
    model.press("Enter")
    expect(tab.panel.locator(".block.about-model")).to_contain_text(
        "neither in the catalogue nor a Hub id"
    )
    tab.example()
    tab.run()
    assert "neither in the catalogue nor a Hub id" in tab.error()


def test_the_keyboard_is_enough(open_tab: Open) -> None:
    tab = open_tab("text-generation")
    prompt = tab.panel.get_by_label("Prompt")
    for _ in range(40):
        tab.page.keyboard.press("Tab")
        for opened in tab.page.locator("[role=combobox][aria-expanded=true]").all():
            expect(opened).to_be_focused(timeout=1000)  # no list stays open behind the keyboard
        if prompt.evaluate("box => box === document.activeElement"):
            break
    tab.page.keyboard.type("Say hello.")
    tab.page.keyboard.press("Enter")
    tab.done()


def test_dark_mode_is_dark(open_tab: Open) -> None:
    tab = open_tab("image-classification", "&__theme=dark")
    tab.example()
    tab.run()
    tab.done()
    picture = Image.open(io.BytesIO(tab.page.screenshot())).convert("L")
    shade = picture.getpixel((5, 5))
    assert isinstance(shade, int)
    assert shade < 80


def test_a_projector_shows_question_and_answer_side_by_side(open_tab: Open) -> None:
    tab = open_tab("text-generation", viewport={"width": 1920, "height": 1080})
    question = tab.panel.get_by_label("Prompt").bounding_box()
    answer = tab.status.bounding_box()
    assert question
    assert answer
    assert answer["x"] > question["x"] + question["width"]


def test_the_readmes_screenshot(open_tab: Open) -> None:
    tab = open_tab("text-generation")
    tab.panel.get_by_label("Prompt").fill("What is the capital of France?")
    tab.run()
    tab.done()
    expect(tab.panel.locator(".message.bot")).to_contain_text(re.compile(r"\w{3}"))
    ARTEFACTS.mkdir(exist_ok=True)
    tab.page.screenshot(path=ARTEFACTS / "screenshot.png")
    kept = ROOT / "assets" / "screenshot.png"
    if os.environ.get("PLAYGROUND_SCREENSHOT") or not kept.exists():
        shutil.copyfile(ARTEFACTS / "screenshot.png", kept)
    assert kept.stat().st_size > 10_000
