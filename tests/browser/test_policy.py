"""The Content-Security-Policy in Chromium: the whole page keeps to it, and other hosts stay out."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pipelines.registry import task as find_task
from tests.browser.conftest import Tab

LISTEN = """window.violations = [];
document.addEventListener('securitypolicyviolation',
    e => window.violations.push(`${e.effectiveDirective} ${e.blockedURI}`))"""
TASKS = ("text-classification", "text-to-speech", "image-classification")


def violations(page: Page) -> Any:
    return page.evaluate("window.violations")


@pytest.mark.timeout(900)
def test_every_tab_lab_and_answer_keeps_to_the_policy(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.add_init_script(LISTEN)
    page.goto("/")
    page.locator("[role=tab][id^=group-]").first.wait_for()
    seen = set()
    groups = page.locator("[role=tab][id^=group-]").all()
    for group in groups:
        group.click()
        tabs = page.locator("[role=tab][id^=tab-]").filter(visible=True)
        page.wait_for_timeout(500)
        for tab in tabs.all():
            tab.click()
            page.wait_for_timeout(200)
            seen.add(tab.inner_text())
    assert len(groups) == 7
    assert len(seen) == 16 + 3  # the tasks, the course and two labs
    for name in TASKS:  # what plays and shows files
        modality = find_task(name).modality.capitalize()
        page.get_by_role("tab", name=modality, exact=True).click()
        page.get_by_role("tab", name=find_task(name).title, exact=True).click()
        tab_of_task = Tab(page, name)
        tab_of_task.example()
        tab_of_task.run()
        tab_of_task.done()
    assert violations(page) == []


def test_a_picture_or_script_of_another_host_is_not_loaded(
    browser: Browser, server_url: str
) -> None:
    with browser.new_context(base_url=server_url) as context:
        page = context.new_page()
        page.add_init_script(LISTEN)
        page.goto("/")
        page.evaluate(
            """async () => {
                for (const [name, field] of [['img', 'src'], ['script', 'src']]) {
                    const one = document.createElement(name);
                    one[field] = 'https://example.org/' + name;
                    document.body.append(one);
                }
                await fetch('https://example.org/fetch').catch(() => null);
            }"""
        )
        page.wait_for_function("window.violations.length === 3")
        assert sorted(violations(page)) == [
            "connect-src https://example.org/fetch",
            "img-src https://example.org/img",
            "script-src-elem https://example.org/script",
        ]
