"""A chat about pictures: each is shown at its turn, once; and what a model's languages offer."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, ROOT, Tab

expect.set_options(timeout=PATIENCE)
Open = Callable[..., Tab]
EXAMPLES = ROOT / "assets" / "examples"


def test_two_pictures_stay_in_the_conversation_and_neither_comes_twice(open_tab: Open) -> None:
    tab = open_tab("image-text-to-text")
    question = tab.panel.get_by_label("Question")
    shown = tab.panel.locator(".message.user img, .user .message img, .user-row img")
    answers = tab.panel.locator(".message.bot")

    def ask(text: str, number: int) -> None:
        question.fill(text)
        tab.run()
        expect(answers).to_have_count(number)
        tab.done()
        expect(question).to_have_value("")

    tab.panel.locator("input[type=file]").first.set_input_files(EXAMPLES / "scene-1.png")
    tab.panel.get_by_label("Remove Image").wait_for()
    ask("How many things are there?", 1)
    expect(shown).to_have_count(1)
    ask("What colour is the background?", 2)
    expect(shown).to_have_count(1)
    tab.panel.get_by_label("Remove Image").click()
    tab.panel.locator("input[type=file]").first.set_input_files(EXAMPLES / "scene-2.png")
    tab.panel.get_by_label("Remove Image").wait_for()
    ask("What is there?", 3)
    expect(shown).to_have_count(2)
    box = shown.first.bounding_box()
    assert box
    assert box["height"] <= 160, "there is room for the answer beside it"
    tab.button("New chat").click()
    expect(shown).to_have_count(0)


def test_the_languages_offered_are_the_starters(open_tab: Open) -> None:
    tab = open_tab("translation")
    tab.open("Options")
    target = tab.panel.get_by_label("target")
    target.click()
    expect(tab.page.get_by_role("option")).to_have_count(4)  # of both starters
    expect(tab.page.get_by_role("option").filter(has_text="French")).to_be_visible()
    expect(tab.page.get_by_role("option").filter(has_text="Portuguese")).to_be_visible()
