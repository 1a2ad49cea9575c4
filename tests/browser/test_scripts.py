"""No text runs as a script: what visitors type, what models answer, how files and models are named.

Every place of the page that shows text again gets the same payload, in a real Chromium; it would
set a variable of the window.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page, expect

from components.results import (
    Boxes,
    Conversation,
    LabelBars,
    StreamedText,
    TranscriptView,
    Vectors,
)
from tests.browser.conftest import PATIENCE, ROOT, Tab

expect.set_options(timeout=PATIENCE)

HIT = "window.hit=1"
PAYLOAD = (
    f"<img src=x onerror={HIT}><svg onload={HIT}></svg><script>{HIT}</script>"
    f"\"'><img src=x onerror={HIT}>[link](javascript:{HIT})`${{{HIT}}}`${{{HIT}}}"
    f"{{{{constructor.constructor('{HIT}')()}}}}<iframe srcdoc='<script>parent.{HIT}</script>'>"
    "<style onload=window.hit=1></style><details open ontoggle=window.hit=1>"
)
EXAMPLES = ROOT / "assets" / "examples"
VIEWS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "labels": (LabelBars(), [{"label": PAYLOAD, "score": 0.9}], {}),
    "text": (StreamedText("text", "Text"), {"text": PAYLOAD}, {}),
    "chat": (Conversation("prompt"), {"generated_text": PAYLOAD}, {"prompt": PAYLOAD}),
    "transcript": (
        TranscriptView(),
        {"text": PAYLOAD, "chunks": [{"text": PAYLOAD, "timestamp": [0.0, 1.0]}]},
        {"audio": {"path": PAYLOAD, "url": f'"><img src=x onerror={HIT}>'}},
    ),
    "words": (
        TranscriptView(),
        {"text": PAYLOAD, "chunks": [{"text": PAYLOAD, "timestamp": [0.0, 1.0]}], "segments": []},
        {"audio": {"path": PAYLOAD, "url": f'"><img src=x onerror={HIT}>'}},
    ),
    "vectors": (
        Vectors(),
        [[0.1, 0.2], [0.2, 0.1]],
        {"text": f"{PAYLOAD}\n{PAYLOAD} again", "pooling": "mean"},
    ),
    "boxes": (
        Boxes(),
        [{"label": PAYLOAD, "score": 0.9, "box": {"xmin": 1, "ymin": 1, "xmax": 9, "ymax": 9}}],
        {"image": {"path": str(EXAMPLES / "cat.jpg")}, "threshold": 0.5},
    ),
}


@pytest.fixture(scope="module")
def views() -> Iterator[str]:
    """A page of all views, each with a button that shows the payload in it."""
    with gr.Blocks() as page:
        for name, (view, value, inputs) in VIEWS.items():
            button = gr.Button(name)
            outputs = view.build()

            def show(view: Any = view, value: Any = value, inputs: Any = inputs) -> Any:
                complete = view.complete_inputs(inputs, dict.fromkeys(view.reads()))
                shown = list(view.show(value, complete, True))
                return shown if len(shown) > 1 else shown[0]  # as gradio takes one output's value

            button.click(show, None, outputs)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield url
    page.close()


# In a place that shows text, or in a box.
SHOWN = """() => document.body.innerText.includes('onerror')
    || [...document.querySelectorAll('textarea')].some(one => one.value.includes('onerror'))"""


def still(page: Page) -> None:
    """Waits for what a handler would need to run, then looks for what it would have done."""
    page.wait_for_timeout(400)
    assert page.evaluate("window.hit") is None


def test_the_payload_runs_where_it_is_taken_for_html(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(PAYLOAD)
    page.wait_for_function("window.hit === 1")
    page.close()


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_runs_no_script(browser: Browser, views: str, name: str) -> None:
    page = browser.new_page()
    page.goto(views)
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_function(SHOWN)
    still(page)
    page.close()


def test_a_chat_shows_and_copies_what_was_typed(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("text-generation")
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open("Options")
    tab.panel.get_by_label("number input for max_new_tokens").fill("1")
    said = tab.panel.locator(".message.user")
    texts = ["if a<b and c>d then", "2*3*4", "# not a title", PAYLOAD]
    for number, text in enumerate(texts):
        tab.panel.get_by_label("Prompt").fill(text)
        tab.run()
        expect(said).to_have_count(number + 1)
        expect(said.nth(number)).to_have_text(text)
        tab.done()
        still(tab.page)
        expect(tab.panel.get_by_label("Prompt")).to_have_value("")
    tab.panel.get_by_label("Copy message").first.click()
    assert tab.page.evaluate("navigator.clipboard.readText()") == texts[0]
    tab.panel.get_by_label("Copy conversation").click()
    whole = tab.page.evaluate("navigator.clipboard.readText()")
    assert [turn for turn in whole.split("\n\n") if turn.startswith("user: ")] == [
        f"user: {text}" for text in texts
    ]


def test_a_links_model_runs_no_script(new_page: Callable[..., Page]) -> None:
    page = new_page()
    for model in (PAYLOAD[:240], f"owner/{PAYLOAD[:200]}"):
        page.goto("/?task=text-classification")
        page.goto(
            "/?"
            + page.evaluate(
                "m => new URLSearchParams(m).toString()",
                {"task": "text-classification", "model": model},
            )
        )
        tab = Tab(page, "text-classification")
        expect(tab.panel.locator(".about-model").first).to_contain_text("neither in the catalogue")
        still(page)


def test_texts_labels_and_names_of_files_run_no_script(
    open_tab: Callable[..., Tab], tmp_path: Path
) -> None:
    tab = open_tab("zero-shot-classification")
    tab.panel.get_by_label("Text", exact=True).fill(PAYLOAD)
    labels = tab.panel.get_by_label("Candidate labels")
    labels.fill(PAYLOAD[:150])
    labels.press("Enter")
    tab.run()
    tab.done()
    still(tab.page)
    tab = open_tab("image-classification")
    name = f"<img src=x onerror={HIT}>.png".replace("/", "")
    (tmp_path / name).write_bytes((EXAMPLES / "scene-1.png").read_bytes())
    tab.panel.locator("input[type=file]").first.set_input_files(tmp_path / name)
    tab.panel.get_by_label("Remove Image").wait_for()
    tab.open("Use it from code")
    tab.run()
    tab.done()
    still(tab.page)
