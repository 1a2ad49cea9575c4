"""A second model beside the first, and what is kept of a run."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Tab

expect.set_options(timeout=PATIENCE)
Open = Callable[..., Tab]
PANEL = "Download, link, history"


def test_a_second_model_answers_beside_the_first_and_differences_are_said(open_tab: Open) -> None:
    tab = open_tab("object-detection", viewport={"width": 1440, "height": 1000})
    second = tab.panel.locator(".second")
    expect(second).to_be_hidden()
    tab.button("Compare").click()
    expect(second.get_by_label("Second model").last).not_to_have_value("auto")
    expect(second.get_by_label("Second model").last).to_be_editable()
    tab.example()
    tab.run()
    differences = second.locator(".block.differences")
    expect(differences).to_contain_text("Only the first found car, person.")
    expect(differences).to_contain_text("of the budget of")
    expect(second.locator(".block.status .done")).to_contain_text("Scene detector")
    expect(tab.status.first).to_contain_text("SSD MobileNet v2")
    first, beside = tab.status.first.bounding_box(), second.bounding_box()
    assert first
    assert beside
    assert beside["x"] >= first["x"] + first["width"]
    tab.button("Compare").click()
    expect(second).to_be_hidden()
    tab.button("Compare").click()
    second.get_by_role("button", name="Run this one").click()
    expect(differences).to_contain_text("Only the first found car, person.")


def test_a_result_is_downloaded_linked_and_found_again_in_the_history(
    open_tab: Open, new_page: Callable[..., Page]
) -> None:
    tab = open_tab("text-classification", "&top_k=1")
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = tab.panel.get_by_label("Text", exact=True)
    text.fill("A lovely film & more.")
    tab.run()
    tab.done()
    tab.open(PANEL)
    with tab.page.expect_download() as told:
        tab.button("Download CSV").click()
    assert told.value.suggested_filename == "text-classification.csv"
    assert told.value.path().read_text("utf-8-sig").startswith("label,score\nPOSITIVE,0.")
    tab.button("Copy link").click()
    link = tab.panel.get_by_label("Link")
    expect(link).to_have_value(re.compile(r"\?task=text-classification&text=A\+lovely\+film\+%26"))
    assert tab.page.evaluate("navigator.clipboard.readText()") == link.input_value()

    tab.page.goto("/?task=text-classification")
    tab.open(PANEL)
    run = tab.panel.locator(".history button")
    expect(run).to_have_text("A lovely film & more.")
    run.click()
    expect(tab.status).to_contain_text("From the history: Sentiment")
    expect(text).to_have_value("A lovely film & more.")
    expect(tab.panel.get_by_test_id("label-output-value")).to_have_text("POSITIVE")
    with tab.page.expect_download():
        tab.button("Download JSON").click()

    other = new_page()
    other.goto("/?task=text-classification")
    theirs = Tab(other, "text-classification")
    theirs.open(PANEL)
    expect(theirs.panel.locator(".history")).to_have_attribute("data-empty", re.compile("Nothing"))

    tab.button("Clear the history of this tab").click()
    expect(run).to_have_count(0)
    tab.page.reload()
    tab.open(PANEL)
    expect(tab.panel.locator(".history")).to_have_attribute("data-empty", re.compile("Nothing"))


def test_texts_stay_whole_beside_a_second_model(open_tab: Open) -> None:
    tab = open_tab("text-classification", viewport={"width": 1440, "height": 1000})
    box = tab.panel.get_by_label("Text", exact=True)
    box.fill("A film that is as long as it is good, and it is very long indeed. " * 6)
    wide = box.bounding_box()
    asked: list[str] = []
    tab.page.on("request", lambda one: asked.append(one.post_data or ""))
    tab.button("Compare").click()
    tab.panel.locator(".second").get_by_label("Second model").last.wait_for()
    expect(box).not_to_have_css("width", f"{wide and wide['width']}px")
    cut = "one => one.scrollHeight > one.clientHeight + 4"
    tab.page.wait_for_function(f"one => !({cut})(one)", arg=box.element_handle())
    assert not any("as long as it is good" in one for one in asked), "nothing was typed"


def test_a_phone_shows_the_second_model_when_it_is_asked_for(open_tab: Open) -> None:
    tab = open_tab("text-classification", viewport={"width": 390, "height": 844})
    second = tab.panel.locator(".second").get_by_label("Second model").last
    tab.button("Compare").click()
    expect(second).to_be_in_viewport()
    tab.button("Compare").click()
    expect(second).to_be_hidden()


def test_a_chat_survives_a_reload_and_its_question_is_asked_again_or_taken_back(
    open_tab: Open,
) -> None:
    tab = open_tab("text-generation", "&max_new_tokens=8&prompt=What+is+2+*+2%3F")
    prompt = tab.panel.get_by_label("Prompt")
    expect(prompt).to_have_value("What is 2 * 2?")
    tab.run()
    tab.done()
    answers = tab.panel.locator(".message.bot")
    answer = answers.inner_text()
    tab.page.goto("/?task=text-generation&max_new_tokens=8")
    expect(answers).to_have_text(answer)
    expect(tab.panel.locator(".message.user")).to_have_text("What is 2 * 2?")
    tab.button("Retry").click()
    tab.done()
    expect(answers).to_have_count(1)
    expect(prompt).to_have_value("")
    tab.button("Undo").click()
    expect(answers).to_have_count(0)
    expect(prompt).to_have_value("What is 2 * 2?")
    tab.page.wait_for_timeout(500)  # gradio writes it to the browser's storage
    tab.page.goto("/?task=text-generation")
    tab.panel.locator(".block.about-model p").first.wait_for()  # what the tab asks for has come
    tab.page.wait_for_timeout(500)
    expect(answers).to_have_count(0)


def test_a_stopped_answer_survives_a_reload(open_tab: Open) -> None:
    tab = open_tab("text-generation", "&max_new_tokens=2048&prompt=Tell+a+long+story.")
    expect(tab.panel.get_by_label("Prompt")).to_have_value("Tell a long story.")
    tab.run()
    answer = tab.panel.locator(".message.bot")
    expect(answer).to_have_text(re.compile(r"\w+ \w+ \w+"))
    tab.button("Stop").dispatch_event("click")
    expect(tab.status).to_have_text("Stopped.")
    begins = answer.inner_text()[:10]
    tab.page.wait_for_timeout(500)  # gradio writes it to the browser's storage
    tab.page.goto("/?task=text-generation")
    expect(answer).to_have_text(re.compile(re.escape(begins)))
    expect(tab.panel.locator(".message.user")).to_have_text("Tell a long story.")


def test_a_question_survives_a_page_that_is_left_before_its_answer(open_tab: Open) -> None:
    tab = open_tab("text-generation", "&max_new_tokens=2048&prompt=Tell+a+*long*+story.")
    expect(tab.panel.get_by_label("Prompt")).to_have_value("Tell a *long* story.")
    tab.run()
    question, answer = tab.panel.locator(".message.user"), tab.panel.locator(".message.bot")
    expect(answer).to_have_text(re.compile(r"\w+ \w+ \w+"))
    tab.page.goto("/?task=text-generation&max_new_tokens=8")
    expect(question).to_have_text("Tell a *long* story.")
    expect(answer).to_have_text("…")
    expect(tab.status).to_contain_text("The last question has no answer")
    tab.button("Retry").click()
    tab.done()
    expect(question).to_have_text("Tell a *long* story.")
    expect(answer).to_have_text(re.compile(r"\w+ \w+ \w+"))


def test_what_was_heard_is_sent_to_the_translation(open_tab: Open) -> None:
    tab = open_tab("automatic-speech-recognition")
    tab.example()
    tab.run()
    tab.done()
    tab.open(PANEL)
    target = tab.panel.get_by_label("Send to tab").last
    target.click()
    tab.page.get_by_role("option", name="Translation").click()
    tab.button("Send the text to").click()
    there = Tab(tab.page, "translation")
    expect(there.panel.get_by_label("Text", exact=True)).to_have_value(re.compile("weather"))
    expect(tab.page).to_have_url(re.compile(r"\?task=translation$"))
    expect(there.panel.locator(".chain")).to_contain_text("Speech recognition → Translation")
    there.open(PANEL)
    there.button("Copy link").click()
    link = there.panel.get_by_label("Link")
    chain = r"\?task=automatic-speech-recognition&audio=weather.mp3.*&then=task%3Dtranslation$"
    expect(link).to_have_value(re.compile(chain))
    tab.page.goto(link.input_value())
    expect(tab.panel.locator(".chain button")).to_have_text("send the text to Translation")
    tab.run()
    tab.done()
    tab.panel.locator(".chain button").click()
    expect(there.panel.get_by_label("Text", exact=True)).to_have_value(re.compile("weather"))
