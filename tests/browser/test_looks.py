"""What pictures of the page once showed to be broken."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

from tests.browser.conftest import Tab, fits

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
    tab.panel.get_by_label("Text", exact=True).fill("Ada lives in London.\n\n  Then Berlin.")
    tab.run()
    tab.done()
    tops = [part.bounding_box() for part in tab.panel.locator(".textfield .highlighted").all()]
    first, last = (one["y"] for one in (tops[0], tops[-1]) if one)
    assert last - first > 2 * 20  # the blank line between them is one, too


def test_on_a_phone_the_tasks_of_a_group_are_one_line_with_the_open_one_in_view(
    open_tab: Callable[..., Tab],
) -> None:
    tab = open_tab("question-answering", viewport=PHONE)
    chosen = tab.page.locator("#tab-question-answering-button")
    tab.page.wait_for_function(
        "one => one.parentElement.scrollLeft > 0", arg=chosen.element_handle()
    )
    first, box = (
        tab.page.locator("#tab-text-generation-button").bounding_box(),
        chosen.bounding_box(),
    )
    assert first
    assert box
    assert first["y"] == box["y"]
    assert right_of(chosen) <= PHONE["width"]
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_course_is_folded_and_a_link_to_a_card_opens_its_section(
    new_page: Callable[..., Page],
) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    page.goto("/?course")
    sections = page.locator(".course .section")
    sections.first.wait_for()
    opened = "all => all.map(one => one.open)"
    assert sections.evaluate_all(opened) == [True] + [False] * 6
    assert page.evaluate("document.documentElement.scrollHeight") < 2000
    page.set_viewport_size({"width": 390, "height": 844})
    fits(page)
    page.goto("/?course=beam-search")
    page.locator("#card-beam-search:focus").wait_for()
    assert sections.evaluate_all(opened).count(True) == 2


def test_a_label_stays_beside_the_last_word_of_its_answer(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("question-answering", viewport=PHONE)
    tab.panel.get_by_label("Question", exact=True).fill("Who wrote it?")
    tab.panel.get_by_label("Text", exact=True).fill(
        "The book was written in 1867 by Johanna Margarethe von Wolfenstein."
    )
    tab.run()
    tab.done()
    lines = """one => [one.querySelector('.text'), one.querySelector('.label')]
        .map(part => [...part.getClientRects()].at(-1).bottom)"""
    marked = tab.panel.locator(".textfield .highlighted").first
    for width in range(320, 560, 12):
        tab.page.set_viewport_size({"width": width, "height": 800})
        last, label = marked.evaluate(lines)
        assert abs(last - label) < 8, f"at {width} pixels"
