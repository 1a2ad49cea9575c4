"""Lab 1 on tiny models: a translation stepped through, and a model in the wrong column."""

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from components import javascript
from components import page as whole
from components.server.app import launch_kwargs
from components.theme import THEME
from pipelines import Playground
from tests.browser.conftest import PATIENCE
from tests.browser.test_lab_families import Lab, done

expect.set_options(timeout=PATIENCE)
NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def server_url(tiny: Playground) -> Iterator[str]:
    """The same page over the tiny models: families of which no starter is bundled."""
    app = whole.build(tiny)
    built: list[str] = []

    def launch() -> None:  # apart from Playwright's event loop
        _, url, _ = app.launch(
            prevent_thread_lock=True,
            quiet=True,
            theme=THEME,
            css_paths=whole.CSS,
            head=javascript.HEAD,
            **launch_kwargs(app, tiny.settings),
        )
        built.append(url)

    thread = threading.Thread(target=launch)
    thread.start()
    thread.join()
    yield built[0].rstrip("/")
    app.close()


def pick(column: Locator, name: str) -> None:
    """Types a model's name into a column's picker; Enter would take the list's first like it."""
    model = column.get_by_label(re.compile("^Model"))
    model.fill(name)
    model.blur()


@pytest.mark.parametrize("model", ["marian", "t5"])
def test_a_translation_is_stepped_through(new_page: NewPage, model: str) -> None:
    lab = Lab(new_page())
    pick(lab.translator, model)
    lab.look()
    done(lab.translator)
    expect(lab.translator.locator(".block.lab-step")).to_contain_text("Step 1 of")
    expect(lab.translator.locator(".block.lab-alignment svg rect").first).to_be_visible()
    lab.show("what each makes of it")
    lab.translator.get_by_role("button", name="Next step").click()
    expect(lab.translator.locator(".block.lab-step")).to_contain_text("Step 2 of")
    expect(lab.translator.locator(".block.lab-beams .lab-texts ol li")).to_have_count(4)


def test_a_model_of_another_family_is_refused(new_page: NewPage) -> None:
    lab = Lab(new_page())
    pick(lab.decoder, "t5")
    lab.look()
    expect(lab.decoder.locator(".block.lab-status .error")).to_be_visible()


def test_another_model_does_not_go_on_with_this_ones_tokens(new_page: NewPage) -> None:
    lab = Lab(new_page())
    pick(lab.decoder, "gpt2")
    lab.look()
    done(lab.decoder)
    pick(lab.decoder, "llama-chat")
    lab.show("what each makes of it")
    lab.decoder.locator(".lab-take").first.click()
    expect(lab.decoder.locator(".block.lab-status .error")).to_contain_text("another model")
    lab.look()
    done(lab.decoder)
    expect(lab.decoder.locator(".block.lab-status")).to_contain_text("llama-chat")


def test_the_next_step_is_of_the_sentence_that_was_looked_at(new_page: NewPage) -> None:
    lab = Lab(new_page())
    pick(lab.translator, "marian")
    lab.look()
    done(lab.translator)
    pick(lab.translator, "t5")
    lab.show("what each makes of it")
    lab.translator.get_by_role("button", name="Next step").click()
    expect(lab.translator.locator(".block.lab-status .error")).to_contain_text("another model")
