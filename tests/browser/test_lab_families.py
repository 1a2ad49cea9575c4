"""Lab 1, three families: a look, a slider, a token taken, a step of a translation, bad input."""

import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, fits

expect.set_options(timeout=PATIENCE)
# Until a first look: torch is imported and SmolLM2 unpacked, two minutes on two busy cores.
LOADING = 300_000  # milliseconds
SENTENCE = "The lion sleeps under an old tree."
NewPage = Callable[..., Page]


class Lab:
    """The lab in an open page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto("/?lab=three-families")
        # The title changes when gradio has opened the tab: what is typed before that is lost.
        page.wait_for_function("document.title.startsWith('Three families')")
        self.sentence = page.get_by_label("Sentence", exact=True)
        self.encoder, self.decoder, self.translator = (
            page.locator(".lab-families > .column").nth(number) for number in range(3)
        )

    def show(self, view: str) -> None:
        self.page.get_by_label(view).check()

    def look(self, sentence: str = SENTENCE) -> None:
        self.sentence.fill(sentence)
        self.page.get_by_role("button", name="Look inside").click()


def slide(column: Locator, name: str, value: str) -> None:
    box = column.get_by_label(re.compile(f"number input for {re.escape(name)}"))
    box.fill(value)
    box.press("Enter")


def done(column: Locator) -> str:
    column.locator(".block.lab-status .done").wait_for(timeout=LOADING)
    return column.locator(".block.lab-status").inner_text()


def test_one_sentence_is_seen_by_an_encoder_and_a_decoder(new_page: NewPage) -> None:
    lab = Lab(new_page(viewport={"width": 1440, "height": 1000}))
    lab.look()
    assert "eager" in done(lab.encoder)
    done(lab.decoder)
    expect(lab.encoder.locator(".block.lab-nearest .lab-bar").first).to_contain_text("big cat")
    expect(lab.encoder.locator(".lab-sides")).to_contain_text(re.compile(r"after [1-9]"))
    expect(lab.decoder.locator(".lab-sides")).to_contain_text("after 0%")
    expect(lab.decoder.locator(".lab-take")).to_have_count(12)
    expect(lab.decoder.locator(".block.lab-surprise")).to_contain_text("Perplexity")
    expect(lab.decoder.locator(".block.lab-tree g[data-take]")).to_have_count(39)


def tree_caught_up(lab: Lab) -> None:
    """Waits until the tree, which comes after the bars, follows the same text as they do."""
    lab.page.wait_for_function(
        """column => {
            const at = [...column.querySelectorAll('[data-at]')].map(one => one.dataset.at);
            return at.length > 1 && new Set(at).size === 1;
        }""",
        arg=lab.decoder.element_handle(),
    )


def test_a_token_is_taken_and_taken_back(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.look("The capital of France is")
    done(lab.decoder)
    lab.show("what each makes of it")
    first = lab.decoder.locator(".lab-take").first
    expect(first).to_contain_text("Paris")
    first.dispatch_event("click")
    first.dispatch_event("click")  # a double click takes one token
    expect(first).not_to_contain_text("Paris")
    expect(lab.decoder.locator(".block.lab-so-far .taken")).to_have_text([" Paris"])
    tree_caught_up(lab)
    lab.show("ways ahead")
    lab.decoder.locator(".block.lab-tree g[data-take*=',']").first.click()
    expect(lab.decoder.locator(".block.lab-so-far .taken")).to_have_count(3)
    tree_caught_up(lab)
    lab.decoder.get_by_role("button", name=re.compile("^Take .*%")).first.press("Enter")
    expect(lab.decoder.locator(".block.lab-so-far .taken")).to_have_count(4)
    lab.show("what each makes of it")
    lab.decoder.get_by_role("button", name="Undo").click()
    expect(lab.decoder.locator(".block.lab-so-far .taken")).to_have_count(3)
    lab.decoder.get_by_role("button", name="Sample").click()
    expect(lab.decoder.locator(".block.lab-so-far .taken")).to_have_count(4)


def test_sliders_reshape_the_bars_and_choose_the_head(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.look()
    done(lab.decoder)
    lab.show("what each makes of it")
    slide(lab.decoder, "Top-k (0: all)", "3")
    expect(lab.decoder.locator(".lab-take.out")).to_have_count(9)
    lab.show("what each sees")
    slide(lab.decoder, "Layer", "30")
    expect(lab.decoder.locator(".block.lab-attention")).to_contain_text("layer 30, head 1")
    done(lab.encoder)
    slide(lab.encoder, "Head", "12")
    expect(lab.encoder.locator(".block.lab-attention")).to_contain_text("layer 1, head 12")


def test_a_sentence_is_read_while_it_is_typed(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.look()
    for column in (lab.encoder, lab.decoder, lab.translator):
        done(column)
    longer = f"{SENTENCE} It is night."
    with lab.page.expect_response(
        lambda one: "predict" in one.url and longer in (one.request.post_data or "")
    ) as answer:
        lab.sentence.fill(longer)
    assert answer.value.ok
    so_far = lab.decoder.locator(".block.lab-so-far")
    expect(so_far).not_to_contain_text("night")  # nothing is drawn before Look is pressed
    lab.page.get_by_role("button", name="Look inside").click()
    expect(so_far).to_contain_text("night")


def test_a_word_pointed_at_keeps_its_lines_only(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.look()
    done(lab.encoder)
    words = lab.encoder.locator("svg .words > g")
    words.first.wait_for()
    words.nth(2).locator("text").hover()
    expect(words.nth(2).locator("path").first).to_be_visible()
    expect(words.nth(3).locator("path").first).to_be_hidden()


def test_a_picture_is_saved(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.look()
    done(lab.encoder)
    button = lab.encoder.get_by_role("button", name=re.compile("Save the picture: Attention"))
    with lab.page.expect_download() as download:
        button.click()
    saved = download.value
    assert saved.suggested_filename == "attention-layer-1-head-1.svg"
    drawn = saved.path().read_text("utf-8")
    assert drawn.startswith("<svg")
    assert "lion" in drawn


def test_what_is_no_drawing_is_saved_as_it_looks(new_page: NewPage) -> None:
    lab = Lab(new_page(viewport={"width": 390, "height": 844}, color_scheme="dark"))
    lab.look()
    done(lab.encoder)
    lab.show("what each makes of it")
    with lab.page.expect_download() as download:
        lab.encoder.get_by_role("button", name="Save the picture: Nearest sentences").click()
    assert download.value.suggested_filename == "nearest.png"
    saved = Image.open(download.value.path()).convert("RGB")
    assert saved.width > 500
    assert len(saved.getcolors(saved.width * saved.height) or ()) > 20


def test_the_bundled_translation_is_stepped_through(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.look("A dog runs along the beach.")
    done(lab.translator)
    lab.show("what each makes of it")
    step = lab.translator.get_by_label("number input for Step")
    expect(step).to_have_value("1")
    lab.translator.get_by_role("button", name="Next step").click()
    expect(step).to_have_value("2")
    expect(lab.translator.get_by_text("Step 2 of")).to_be_visible()
    lab.show("ways ahead")
    expect(lab.translator.get_by_text("Un chien court le long de la plage.").first).to_be_visible()


def test_an_empty_sentence_gets_a_sentence(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.look(" ")
    for column in (lab.encoder, lab.decoder):
        expect(column.locator(".block.lab-status .error")).to_contain_text("The text is empty.")


def test_a_page_of_text_is_cut_and_markup_stays_text(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.look("<img src=x onerror=alert(1)> {{7*7}} ${1} " + SENTENCE * 20)
    assert "its end was cut" in done(lab.encoder)
    assert "its start was cut" in done(lab.decoder)
    expect(lab.page.locator("img[src='x']")).to_have_count(0)
    expect(lab.encoder.locator(".lab-tokens")).to_contain_text("{")


@pytest.mark.parametrize("sentence", ["lion", "日本語のテキスト", "Привет, мир"])
def test_one_word_and_other_scripts_are_looked_into(new_page: NewPage, sentence: str) -> None:
    lab = Lab(new_page())
    lab.look(sentence)
    done(lab.encoder)
    done(lab.decoder)


def test_a_link_fills_in_the_decoder(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto("/?lab=three-families&model=openai-community/gpt2&show=decoder")
    box = page.get_by_label("Model (decoder-only)")
    expect(box).to_have_value(re.compile("^openai-community/gpt2"))
    expect(box).to_be_visible()


def test_the_table_opens_tabs(new_page: NewPage) -> None:
    lab = Lab(new_page())
    lab.page.get_by_text("The families side by side").click()
    lab.page.locator(".block.lab-table").get_by_role("link", name="Feature extraction").click()
    lab.page.wait_for_url("**/?task=feature-extraction")


def test_the_lab_fits_a_phone_and_the_dark(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    lab = Lab(page)
    fits(page)
    lab.look()
    columns = {"encoder": lab.encoder, "decoder": lab.decoder, "encoder-decoder": lab.translator}
    for family, column in columns.items():
        page.locator(f".lab-views [value={family}]").check()
        done(column)
        for view in ("sees", "makes", "ahead"):
            page.locator(f".lab-views [value={view}]").check()
            fits(page)
            expect(column.get_by_text("no ways ahead")).to_be_visible(
                visible=(family, view) == ("encoder", "ahead")
            )
