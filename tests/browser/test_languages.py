"""The page as a browser shows it that asks for another language than English."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from components.translations import CLOSE, MEANING, OPEN, VALUE, texts


@pytest.mark.parametrize(("locale", "run"), [("de-AT", "Ausführen"), ("zh-CN", "运行")])
def test_an_example_runs_in_the_visitors_language(
    new_page: Callable[..., Page], locale: str, run: str
) -> None:
    told = texts(locale[:2])
    page = new_page(locale=locale)
    page.goto("/?task=text-classification&nothing=1")
    expect(page.locator(".toast-title").first).to_have_text(told["Warning"])
    button = page.locator("#run-text-classification")
    expect(button).to_have_text(run)
    expect(page).to_have_title(f"{told['Text classification']} · Pipeline Playground")
    tab = page.get_by_role("tabpanel").filter(has=button).last
    expect(tab.get_by_text(told["Examples (click to fill in)"])).to_be_visible()
    tab.locator(".gallery-item, .tr-body td:first-child").first.click()
    expect(tab.locator("textarea").first).not_to_be_empty()
    button.click()
    ran = told["ran {seconds} s"].partition("{")[0].strip()
    expect(tab.locator(".block.status .done").first).to_contain_text(ran)
    tab.get_by_text(told["Which words decided"]).click()
    expect(tab.get_by_role("button", name=told["Leave out each word"])).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", re.compile(locale[:2]))
    seen = page.locator("body").inner_text()
    assert not [mark for mark in (OPEN, VALUE, CLOSE, MEANING) if mark in seen]
