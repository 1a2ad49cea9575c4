"""The course's chapter in Chromium: every card, a link to one, and the page in another's frame."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, Page, expect

from components.course.cards import Card, sections
from pipelines.inputs import Messages
from pipelines.registry import task as find_task
from tests.browser.conftest import PATIENCE, Tab

expect.set_options(timeout=PATIENCE)
CARDS = [card for section in sections() for card in section.cards]


def click_try_it(page: Page | Frame, card: str) -> None:
    link = page.locator(f"#card-{card} a[data-try]")
    link.evaluate("one => { one.closest('details').open = true; }")  # its section may be folded
    link.click()


def try_card(page: Page, card: Card) -> None:
    """Opens the chapter and clicks the card's Try it."""
    page.get_by_role("tab", name="Learn", exact=True).click()
    page.get_by_role("tab", name="Chapter 1, cell by cell", exact=True).click()
    click_try_it(page, card.id)


@pytest.mark.timeout(1800)
def test_every_card_runs(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto("/?course")
    for card in CARDS:
        # What an earlier card left must not be taken for this one's answer.
        page.locator(".status .done").evaluate_all("all => all.forEach(one => one.remove())")
        try_card(page, card)
        if "task" in card.open:
            tab = Tab(page, str(card.open["task"]))
            assert "ran" in tab.done(), card.id
            given = card.starter or card.open
            for parameter in tab.task.inputs:
                value = given.get(parameter.name)
                # A question leaves its box for the conversation.
                if isinstance(value, str) and not isinstance(parameter.spec, Messages):
                    boxes = tab.panel.locator("textarea, input[type=text]").all()
                    is_file = value.endswith((".jpg", ".png", ".mp3", ".wav"))
                    assert is_file or value in [box.input_value() for box in boxes], card.id
        elif card.open["lab"] == "three-families":
            page.locator(".lab-so-far figure").wait_for(timeout=4 * PATIENCE)
            sentence = page.get_by_label("Sentence", exact=True)
            expect(sentence).to_have_value(str(card.open["sentence"]))


@pytest.mark.parametrize("card", ["text-to-speech", "image-to-text"])
def test_a_card_runs_on_a_page_whose_other_groups_were_never_opened(
    new_page: Callable[..., Page], card: str
) -> None:
    page = new_page()
    page.goto(f"/?course={card}")
    page.locator(f"#card-{card} a[data-try]").click()
    assert "ran" in Tab(page, card).done()


def test_a_link_to_a_card_shows_it(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto("/?course=beam-search")
    expect(page.locator("#card-beam-search")).to_be_focused()
    expect(page.locator("#card-beam-search")).to_be_in_viewport()


def test_a_link_with_inputs_fills_in_and_runs_nothing(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto("/?task=translation&text=Good+day,+%3Cb%3E%26&target=de")
    tab = Tab(page, "translation")
    expect(tab.panel.get_by_label("Text").first).to_have_value("Good day, <b>&")
    tab.open("Options")
    expect(tab.panel.get_by_label("target")).to_have_value("German")
    expect(tab.status).to_contain_text("press Run")
    page.goto("/?task=image-classification&image=rocket.jpg")
    pictures = Tab(page, "image-classification")
    expect(pictures.panel.locator("img[src*='rocket.jpg']").first).to_be_visible()
    expect(pictures.status).to_contain_text("press Run")


def answer_in(frame: Frame, card: str, task: str) -> str:
    frame.get_by_role("tab", name="Learn", exact=True).click()
    frame.get_by_role("tab", name="Chapter 1, cell by cell", exact=True).click()
    click_try_it(frame, card)
    title = frame.get_by_role("heading", name=find_task(task).title, exact=True)
    done = frame.get_by_role("tabpanel").filter(has=title).last.locator(".status .done")
    done.wait_for()
    return done.inner_text()


def test_two_cards_run_in_the_frame_of_another_site(
    framed: Callable[[str], Frame],
) -> None:
    frame = framed("/?course")
    assert "MiniLM" in answer_in(frame, "zero-shot", "zero-shot-classification")
    assert "Piper" in answer_in(frame, "text-to-speech", "text-to-speech")
