"""A text that goes on, answers that were cut, and examples that run, in Chromium."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Tab, write
from tests.conftest import served

TOKENS = "number input for max_new_tokens"
MINUTE = 60_000


def short(tab: Tab, tokens: int = 6) -> None:
    tab.open("Options")
    write(tab.panel.get_by_label(TOKENS), str(tokens))
    tab.panel.get_by_label(TOKENS).press("Tab")


def test_a_text_goes_on_where_it_was_cut(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("text-generation")
    short(tab)
    tab.panel.get_by_label("Continue: go on with the very text").check()
    text = "1 < 2 & <b>three</b>\n  four,"
    tab.panel.get_by_label("Prompt").fill(text)
    tab.run()
    assert "Cut at 6 tokens." in tab.done()
    given, new = tab.panel.locator(".continued .given"), tab.panel.locator(".continued .new")
    assert given.text_content() == text
    assert tab.panel.get_by_label("Prompt").input_value() == text
    first = new.text_content()
    assert first
    tab.button("Continue").click()
    expect(given).to_have_text(text + first, timeout=2 * MINUTE, use_inner_text=False)
    tab.done()
    assert given.text_content() == text + first
    assert new.text_content()


def test_an_answer_that_was_cut_goes_on_in_its_turn(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("text-generation")
    short(tab)
    tab.panel.get_by_label("Prompt").fill("Tell me about the sea.")
    tab.run()
    assert "Cut at 6 tokens." in tab.done()
    bot = tab.panel.locator(".message.bot")
    before = bot.inner_text().strip()
    tab.button("Continue").click()
    expect(bot).to_have_text(re.compile(re.escape(before) + r"\s*\S+"), timeout=2 * MINUTE)
    tab.done()
    expect(tab.panel.locator(".message.user")).to_have_count(1)
    tab.button("New chat").click()
    expect(tab.button("Continue")).to_be_hidden()


@pytest.mark.parametrize(
    ("task", "label"),
    [("text-classification", "Text"), ("question-answering", "Text"), ("fill-mask", "Text")],
)
def test_two_ways_run_from_a_box_of_several_lines(
    open_tab: Callable[..., Tab], task: str, label: str
) -> None:
    tab = open_tab(task)
    tab.example()
    box = tab.panel.get_by_label(label, exact=True)
    assert "(Shift+Enter or Ctrl+Enter runs)" in (box.get_attribute("placeholder") or "")
    for keys in ("Shift+Enter", "Control+Enter"):
        text = box.input_value()
        box.press("Enter")  # a line end, and no run
        box.press(keys)
        tab.done()
        assert box.input_value().split() == text.split()


def test_control_and_enter_ask_a_chat(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("text-generation")
    box = tab.panel.get_by_label("Prompt")
    box.fill("Say hello.")
    box.press("Control+Enter")
    tab.done()
    expect(tab.panel.locator(".message.user")).to_have_count(1)


@pytest.fixture
def running_page(browser: Browser, starters: object, tmp_path: Path) -> Iterator[Page]:
    """The page of an app whose examples run."""
    with served(tmp_path, PLAYGROUND_RUN_EXAMPLES="1") as url:
        page = browser.new_page(base_url=url)
        page.set_default_timeout(2 * MINUTE)
        yield page
        page.close()


def test_a_click_on_an_example_sets_its_options_and_runs_it(running_page: Page) -> None:
    running_page.goto("/?task=text-generation")
    tab = Tab(running_page, "text-generation")
    tab.example(3)
    tab.done()
    text = "In this course, we will teach you how to"
    assert tab.panel.locator(".continued .given").text_content() == text
    assert tab.panel.get_by_label("Continue: go on with the very text").is_checked()
    tab.example(0)
    asked = tab.panel.locator(".message.user")
    expect(asked).to_contain_text("natural language", timeout=2 * MINUTE)
    assert tab.panel.get_by_label("Chat: answer").is_checked()


def test_an_emptied_number_means_its_default(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("text-generation")
    tab.open("Options")
    number = tab.panel.get_by_label(TOKENS)
    default = number.input_value()
    number.fill("")
    number.press("Tab")
    expect(number).to_have_value(default)
