"""axe-core finds no serious fault, in light and dark, on any tab; contrast is WCAG's AA."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from components.course.page import CHAPTER_1
from components.labs import LABS
from pipelines.registry import tasks
from tests.browser.conftest import PATIENCE

expect.set_options(timeout=PATIENCE)
PLACES = [
    "view=start",
    "view=models",
    *(f"lab={lab.id}" for lab in (CHAPTER_1, *LABS)),
    *(f"task={task}" for task in tasks()),
]
SERIOUS = {"serious", "critical"}
LOOKS = 10


def undrawn_examples(page: Page) -> Locator:
    """Buttons of examples whose content is not there yet: gradio loads what draws it later."""
    buttons = page.locator("button.gallery-item:visible")
    return buttons.filter(has_not_text=re.compile(r"\S"), has_not=page.locator("*"))


def lasting_faults(page: Page) -> list[tuple[str, list[str]]]:
    """The kinds of serious faults that stay when all is drawn and gradio's fading has ended."""
    found: list[tuple[str, list[str]]] = []
    for _ in range(LOOKS):
        page.wait_for_timeout(500)
        violations = Axe().run(page).response["violations"]
        serious = [one for one in violations if one["impact"] in SERIOUS]
        found = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in serious]
        if not found:
            break
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_place_of_the_page_has_a_serious_fault(
    new_page: Callable[..., Page], theme: str
) -> None:
    page = new_page(color_scheme=theme)
    page.goto(f"/?__theme={theme}")
    page.locator(".start .card").first.wait_for()
    faults = []
    for place in PLACES:
        page.evaluate("place => { history.pushState(null, '', place); onpopstate(); }", f"?{place}")
        tab = place.partition("=")[2]
        selected = page.locator(f"#tab-{tab}-button, #group-{tab}-button").first
        expect(selected).to_have_attribute("aria-selected", "true")
        page.locator("h2:visible").first.wait_for()  # a tab is made when it is opened
        expect(undrawn_examples(page)).to_have_count(0)
        faults += [(place, *fault) for fault in lasting_faults(page)]
    assert faults == []
