"""What pictures of the page once showed to be broken."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

from tests.browser.conftest import Tab

PHONE = {"width": 320, "height": 568}  # a small one


def right_of(one: Locator) -> float:
    box = one.bounding_box()
    assert box
    return box["x"] + box["width"]


def test_on_a_phone_the_table_of_models_is_no_wider_than_the_page(
    open_tab: Callable[..., Tab],
) -> None:
    tab = open_tab("text-classification", viewport=PHONE)
    tab.example()
    tab.run()
    tab.done()
    tab.page.get_by_role("tab", name="Models").click()
    loaded = tab.page.locator(".models tr.held", has_text="Unload").first  # the longest lines
    loaded.wait_for()
    assert right_of(loaded) <= right_of(tab.page.locator(".budget progress"))


def test_in_the_dark_a_button_that_cannot_be_pressed_has_no_accent(
    new_page: Callable[..., Page],
) -> None:
    page = new_page(color_scheme="dark")
    page.goto("/?lab=two-phases")
    pause = page.get_by_role("button", name="Pause", exact=True)
    pause.wait_for()
    accent = page.get_by_role("button", name="Start", exact=True)
    red, green, blue = channels(pause)
    assert max(red, green) - blue < 20, "grey or blue, not amber"
    red, green, blue = channels(accent)
    assert red - blue > 100


def channels(button: Locator) -> list[int]:
    """Red, green and blue of its background."""
    colour = button.evaluate("one => getComputedStyle(one).backgroundColor")
    return [int(part) for part in colour.strip("rgb()").split(",")[:3]]


def test_what_follows_a_marked_word_follows_at_once(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("token-classification")
    tab.example()  # "… met in London; Andrew Bailey …"
    tab.run()
    tab.done()
    marked = tab.panel.locator(".textfield .highlighted", has_text="London")
    after = tab.panel.locator(".textfield .unlabeled", has_text=";").bounding_box()
    assert after
    assert 0 <= after["x"] - right_of(marked) < 4
