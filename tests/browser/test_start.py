"""The start page: cards of all tasks, a search, and the tab that was open last."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pipelines.registry import tasks
from tests.browser.conftest import PATIENCE

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    page = new_page()
    page.goto("/")
    page.locator(".start .card").first.wait_for()
    return page


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True).last).to_be_visible()


def test_every_task_has_a_card_which_opens_its_tab(page: Page) -> None:
    titles = page.locator(".start .card h3").all_inner_texts()
    assert sorted(titles) == sorted(task.title for task in tasks().values())
    page.locator(".start .card", has_text="Summarization").click()
    page.wait_for_url("**/?task=summarization")
    heading(page, "Summarization")
    page.go_back()
    expect(page.get_by_label("Find a task")).to_be_visible()
    page.get_by_role("link", name="Summarization", exact=True).click()  # where one was
    page.wait_for_url("**/?task=summarization")


def test_a_task_is_found_by_its_names_and_opened_by_the_keyboard(page: Page) -> None:
    page.locator(".start .card", has_text="Summarization").click()
    page.wait_for_url("**/?task=summarization")
    heading(page, "Summarization")
    page.locator("body").press("/")
    search = page.get_by_label("Find a task")
    expect(search).to_be_focused()
    search.press_sequentially("sentiment")  # transformers' name
    cards = page.locator(".start .card:visible")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("Text classification")
    search.press("Enter")
    page.wait_for_url("**/?task=text-classification")
    heading(page, "Text classification")
    page.locator("body").press("/")
    expect(search).to_be_focused()
    page.keyboard.type("zzz")  # in the place of what was searched before
    expect(search).to_have_value("zzz")


def test_a_slash_that_is_typed_stays(page: Page) -> None:
    page.get_by_label("Find a task").press_sequentially("a/b")
    expect(page.get_by_label("Find a task")).to_have_value("a/b")


def test_a_search_that_finds_no_task_says_so(page: Page) -> None:
    search = page.get_by_label("Find a task")
    search.press_sequentially("zzz")
    expect(page.get_by_text("No task matches “zzz”.")).to_be_visible()
    search.fill("sentiment")
    expect(page.get_by_text("No task matches")).to_be_hidden()
