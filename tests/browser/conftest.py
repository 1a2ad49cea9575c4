"""One Chromium and one running app for all browser tests; a fresh context for each.

A test fails when its page logs an error or asks another host for anything. A screenshot of how
each test ended is kept in artefacts/.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal
from urllib.parse import urlsplit

import pytest
import soundfile
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Frame,
    Locator,
    Page,
    Playwright,
    ViewportSize,
    sync_playwright,
)

from pipelines.registry import task as find_task
from tests.browser import chromium

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
STEP = 100  # milliseconds in which gradio draws what has come
PATIENCE = 120_000  # milliseconds; a first load on a busy machine takes a while
# gradio's own: when a page is closed while a stream is open; for a sound that Chromium cannot play.
NOISE = ("AbortError", "Connection errored out", "net::ERR_ABORTED", "Waveform load error")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def speech_wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake microphone plays."""
    samples, rate = soundfile.read(ROOT / "assets/examples/weather.mp3", dtype="int16")
    file = tmp_path_factory.mktemp("microphone") / "weather.wav"
    soundfile.write(file, samples, rate)
    return file


@pytest.fixture(scope="session")
def browser(playwright: Playwright, speech_wav: Path) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=chromium.get(playwright),
        args=[
            *chromium.ARGUMENTS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={speech_wav}",
        ],
    )
    yield browser
    browser.close()


@pytest.fixture
def new_page(
    browser: Browser, server_url: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Opens pages of any size; checks at the end what they logged and whom they asked."""
    pages: list[Page] = []
    errors: list[str] = []
    hosts: set[str] = set()

    def told(message: ConsoleMessage) -> str:
        return f"{message.text} ({message.location['url']})"

    def watch(page: Page) -> None:
        page.on("console", lambda m: errors.append(told(m)) if m.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda r: hosts.add(urlsplit(r.url).netloc))

    def make(
        viewport: ViewportSize | None = None,
        color_scheme: Literal["dark", "light"] | None = None,
        locale: str | None = None,
    ) -> Page:
        context = browser.new_context(
            base_url=server_url,
            permissions=["microphone", "camera"],
            viewport=viewport or {"width": 1280, "height": 1000},
            color_scheme=color_scheme,
            locale=locale,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch(page)
        pages.append(page)
        return page

    yield make
    ARTEFACTS.mkdir(exist_ok=True)
    name = re.sub(r"[^\w-]+", "_", request.node.name)
    for number, page in enumerate(pages):
        page.screenshot(path=ARTEFACTS / f"{name}{number or ''}.png", full_page=True)
        page.context.close()
    assert [error for error in errors if not any(noise in error for noise in NOISE)] == []
    assert hosts - {urlsplit(server_url).netloc, ""} == set()


def fits(page: Page) -> None:
    """No wider than the screen, and not so high that one loses one's way."""
    wide, width, high = page.evaluate(
        "[document.documentElement.scrollWidth, innerWidth, document.documentElement.scrollHeight]"
    )
    assert wide <= width
    assert high < 3000


def write(box: Locator, text: str) -> None:
    """Fills a box in an accordion that was opened just before.

    Gradio draws what is in it only then, and sets it to its first value once more in the next
    tenth of a second; nobody but a robot has written by then.
    """
    for _ in range(20):
        box.fill(text)
        box.page.wait_for_timeout(300)
        if box.input_value() == text:
            return
    pytest.fail(f"The box does not keep {text!r}.")


class Tab:
    """One task's tab in an open page."""

    def __init__(self, page: Page, task: str) -> None:
        self.page = page
        self.task = find_task(task)
        self.panel = (
            page.get_by_role("tabpanel")
            .filter(has=page.get_by_role("heading", name=self.task.title, exact=True))
            .last
        )
        self.panel.get_by_role("button", name="Run", exact=True).wait_for()

    @property
    def status(self) -> Locator:
        return self.panel.locator(".block.status")

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def run(self) -> None:
        self.button("Run").click()

    def done(self) -> str:
        """Waits for the next answer, not one seen before; the line of what ran."""
        return self._new_line(".done")

    def error(self) -> str:
        """Waits for the next error; its line."""
        return self._new_line(".error")

    def _new_line(self, kind: str) -> str:
        line = self.status.locator(f"{kind}:not([data-seen])")
        line.wait_for()
        line.evaluate("one => one.dataset.seen = ''")
        return self.status.inner_text()

    def example(self, number: int = 0) -> None:
        """Clicks an example and waits until gradio has filled it in."""
        items = self.panel.locator(".gallery-item, .tr-body td:first-child")
        items.nth(number).wait_for()
        self.panel.locator(".block.about-model p").first.wait_for()  # asked for when it is opened
        with self.page.expect_response(
            lambda r: "/run/" in r.url and (r.request.post_data_json or {}).get("data") == [number]
        ) as answered:
            items.nth(number).click()
        texts = [value for value in answered.value.json()["data"] if isinstance(value, str)]
        boxes = self.panel.locator("textarea, input")
        for _ in range(PATIENCE // STEP):
            self.page.wait_for_timeout(STEP)
            if set(texts) <= set(boxes.evaluate_all("all => all.map(box => box.value)")):
                return
        pytest.fail(f"No box shows what example {number} holds: {texts}")

    def open(self, name: str) -> None:
        """Opens an accordion."""
        self.panel.get_by_role("button", name=name).click()


@pytest.fixture
def open_tab(new_page: Callable[..., Page]) -> Callable[..., Tab]:
    """Opens a tab by its link."""

    def opened(task: str, query: str = "", **options: object) -> Tab:
        page = new_page(**options)
        page.goto(f"/?task={task}{query}")
        return Tab(page, task)

    return opened


@pytest.fixture
def framed(browser: Browser, server_url: str, tmp_path: Path) -> Iterator[Callable[[str], Frame]]:
    """Opens an address of the app in the frame of a page that for cookies is another site."""
    serve = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def opened(address: str) -> Frame:
            shown = f'<iframe src="{server_url}{address}" width="1200" height="900"></iframe>'
            (tmp_path / "index.html").write_text(f"<!doctype html><title>A course</title>{shown}")
            page = context.new_page()
            page.goto(f"http://localhost:{server.server_port}/")
            element = page.wait_for_selector("iframe")
            frame = element and element.content_frame()
            assert frame
            return frame

        yield opened
        context.close()
        server.shutdown()
        thread.join()
