"""Lab 2 as a learner uses it: a short training to its end, reloaded, paused, stopped, refused.

The runs are processes of their own at low priority, so everything here waits with much patience.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, fits, write

expect.set_options(timeout=PATIENCE)
LONG = 300_000  # milliseconds until a training process must have said something
TINY = {
    "Layers": 1,
    "Width": 32,
    "Heads": 2,
    "Vocabulary": 400,
    "Context": 32,
    "Batch": 4,
    "Steps of pretraining": 60,
    "Steps of tuning": 20,
}
# How many points the line of the training loss has.
POINTS = """() => {
  const line = document.querySelector('.tr-plots path.train');
  return line ? line.getAttribute('d').split('L').length : 0;
}"""
Open = Callable[..., Page]


class Lab:
    """The lab in an open page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = (
            page.locator("#tab-two-phases, [role=tabpanel]")
            .filter(has=page.get_by_role("heading", name="Two phases of training", exact=True))
            .last
        )
        self.button("Start").wait_for()

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def open(self, name: str) -> None:
        """Opens an accordion."""
        self.panel.get_by_role("button", name=name).click()

    @property
    def status(self) -> Locator:
        return self.panel.locator(".block.tr-status")

    @property
    def trouble(self) -> Locator:
        return self.panel.locator(".block.tr-trouble")

    def show(self, part: str) -> None:
        """Shows one part, on a phone."""
        self.panel.locator(f".lab-views [value={part}]").check()

    def size(self, **sizes: int) -> None:
        """Types sizes into the sliders' boxes; underscores stand for spaces."""
        for label, value in sizes.items():
            box = self.panel.get_by_label(f"number input for {label.replace('_', ' ')}", exact=True)
            box.fill(str(value))
            box.press("Tab")

    def tiny(self, **others: int) -> None:
        sizes = {**TINY, **{key.replace("_", " "): value for key, value in others.items()}}
        self.size(**sizes)

    def until(self, text: str | re.Pattern[str]) -> None:
        expect(self.status).to_contain_text(text, timeout=LONG)

    def own(self, label: str, box: str, text: str) -> None:
        """Chooses one's own dataset and pastes it."""
        group = self.panel.locator("fieldset", has_text=label)
        group.get_by_label("My own").check()
        self.panel.get_by_label(box).fill(text)


@pytest.fixture
def open_lab(new_page: Open) -> Callable[..., Lab]:
    def opened(query: str = "", **options: object) -> Lab:
        page = new_page(**options)
        page.goto(f"/?lab=two-phases{query}")
        return Lab(page)

    return opened


def test_a_short_training_goes_to_its_end_and_its_models_answer(
    open_lab: Callable[..., Lab],
) -> None:
    lab = open_lab()
    lab.tiny()
    expect(lab.panel.locator(".tr-cost")).to_contain_text("24,672")
    lab.button("Start").click()
    expect(lab.button("Start")).to_be_disabled()
    lab.page.reload()
    lab = Lab(lab.page)
    lab.until("Done.")
    expect(lab.button("Start")).to_be_enabled()
    expect(lab.status).to_contain_text("80 of 80")
    expect(lab.status).to_contain_text("Held-out perplexity")
    expect(lab.panel.locator(".preview")).to_have_count(0)
    expect(lab.panel.locator(".tr-plots figure")).to_have_count(3)
    expect(lab.panel.locator(".tr-samples")).to_have_count(2)
    lab.page.set_viewport_size({"width": 390, "height": 844})
    for part in ("size", "read", "train", "after"):
        lab.show(part)
        fits(lab.page)
    expect(lab.button("Ask all three")).to_be_visible()
    lab.page.set_viewport_size({"width": 1280, "height": 1000})
    with lab.page.expect_download() as download:
        lab.panel.get_by_role("button", name="Save the picture: Pretraining").click()
    assert download.value.suggested_filename.startswith("pretraining-loss")
    lab.open("The tokenizer")
    expect(lab.panel.locator(".tr-tokens").first).to_contain_text("Let")
    lab.button("Ask all three").click()
    cards = lab.panel.locator(".tr-cards section")
    expect(cards).to_have_count(3)
    for number in range(3):
        expect(cards.nth(number)).not_to_contain_text("not asked yet", timeout=LONG)
    expect(cards.nth(2)).not_to_contain_text("…", timeout=LONG)
    lab.panel.get_by_label("A sentence").press_sequentially("A zebra {x} ${y}.")
    expect(lab.panel.locator(".tr-tokens").last).to_contain_text("{")
    lab.button("Pack as zip").click()
    link = lab.panel.locator("a[download]").last
    with lab.page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.endswith("tuned.zip")
    inside = lab.panel.get_by_role("link", name="look inside it").get_attribute("href")
    lab.panel.get_by_role("link", name="Chat with it").click()
    model = lab.page.get_by_role("tabpanel").get_by_label("Model").first
    expect(model).to_have_value(re.compile(r"lab:\d{8}-\d{6}-\w+"))
    lab.page.get_by_label("Prompt").first.fill("Where does Ada live?")
    lab.page.get_by_role("button", name="Run", exact=True).first.click()
    expect(lab.page.locator(".block.status .done").first).to_contain_text("your training")
    assert inside
    lab.page.goto(inside)
    lab.page.wait_for_function("document.title.startsWith('Three families')")
    lab.page.get_by_role("button", name="Look inside").click()
    column = lab.page.locator(".lab-families > .column").nth(1)
    expect(column.locator(".block.lab-status .done")).to_contain_text("your training")
    expect(column.locator(".block.lab-attention svg rect").first).to_be_visible()


def test_a_run_is_paused_found_again_gone_on_and_stopped(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab()
    lab.tiny(Steps_of_pretraining=5000, Batch=32)
    lab.button("Start").click()
    lab.until("phase 1, pretraining")
    drawn = lab.page.evaluate(POINTS)
    lab.page.wait_for_function(f"before => ({POINTS})() > before", arg=drawn, timeout=LONG)
    lab.button("Pause").click()
    lab.until("Paused.")
    lab.page.reload()
    lab = Lab(lab.page)
    lab.until("Paused.")
    done = re.search(r"([\d,]+) of", lab.status.inner_text())
    assert done
    lab.button("Resume").click()
    lab.until("phase 1, pretraining")
    expect(lab.status).not_to_contain_text(done[0], timeout=LONG)
    lab.button("Stop").click()
    lab.until("Stopped.")
    expect(lab.button("Start")).to_be_enabled()


def test_a_second_visitor_waits_in_the_queue(open_lab: Callable[..., Lab]) -> None:
    first, second = open_lab(), open_lab()
    for lab in (first, second):
        lab.tiny(Steps_of_pretraining=5000, Batch=32)
        lab.button("Start").click()
        lab.until(re.compile("Getting ready|Training|Waiting"))
    second.until("place 1 in the queue")
    first.button("Stop").click()
    first.until("Stopped.")
    second.until(re.compile("Getting ready|Training"))
    second.button("Stop").click()
    second.until("Stopped.")


def test_what_cannot_be_learnt_from_is_refused_with_a_sentence(
    open_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = open_lab()
    lab.own("Text for phase 1", "Your text", "too short <b>")
    lab.button("Start").click()
    expect(lab.trouble).to_contain_text("The text has 13 characters; at least 5,000 are needed.")
    lab.open("What the model reads")
    write(lab.panel.get_by_label("Your text"), "Ada lives at the old mill. " * 300)
    expect(lab.panel).to_contain_text("your text tells nothing")
    lab.panel.locator("fieldset", has_text="Text for phase 1").get_by_label("Built in").check()
    good = '{"instruction": "a?", "answer": "b"}\n'
    lab.own("Instructions for phase 2", "Your JSONL", good * 9 + "{broken\n" + good)
    lab.button("Start").click()
    expect(lab.trouble).to_contain_text("line 10: not JSON")
    expect(lab.panel).to_contain_text("line 10: not JSON")
    file = tmp_path / "mine.jsonl"
    file.write_text(good * 2 + "[1]\n" + good * 9)
    with lab.page.expect_response(lambda r: "/upload" in r.url):
        lab.panel.locator("input[type=file]").last.set_input_files(file)
    expect(lab.panel).to_contain_text("line 3: not an object")
    lab.button("Start").click()
    expect(lab.trouble).to_contain_text("line 3: not an object")


def test_a_size_that_costs_too_much_is_said_before_the_start(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab()
    cost = lab.panel.locator(".tr-cost")
    expect(cost).to_contain_text("686,976")
    lab.size(Heads=7)
    expect(cost).to_contain_text("cannot be shared evenly by 7 heads")
    lab.size(Heads=8, Width=768, Layers=12, Batch=128, Context=512)
    expect(cost).to_contain_text(re.compile(r"would need [\d.]+ GiB of memory"))
    lab.button("Start").click()
    expect(lab.trouble).to_contain_text("GiB of memory; at most 4 GiB are allowed.")
    lab.panel.get_by_label("A short taste").check()
    expect(cost).not_to_contain_text("GiB")


@pytest.mark.parametrize("look", ["", "&__theme=dark"])
def test_a_phone_shows_the_lab_without_scrolling_sideways(
    open_lab: Callable[..., Lab], look: str
) -> None:
    lab = open_lab(look, viewport={"width": 390, "height": 844})
    expect(lab.panel.locator(".lab-views [value=after]")).to_be_hidden()
    for part in ("train", "size", "read"):
        lab.show(part)
        fits(lab.page)
    lab.open("What the model reads")
    expect(lab.panel.locator(".tr-template")).to_be_visible()
    fits(lab.page)
