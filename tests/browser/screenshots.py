"""Pictures of every place of the page in every state, to be looked at one by one.

    python -m tests.browser.screenshots OUT [--only TEXT …] [--width 390 …] [--theme dark …]

A task's tab is shown empty, with an error (Run without an input), while it waits (the line of a
download, drawn into the page) and finished (its first example). The models must be on this disk;
some of them compared, too; other places have one state, the labs that after their work as well.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, TimeoutError

from components import status
from components.course.page import CHAPTER_1
from pipelines.progress import Progress
from pipelines.registry import tasks
from tests.browser import chromium
from tests.browser.test_lab_training import Lab
from tests.conftest import served

WIDTHS = {1440: 1000, 1024: 768, 390: 844}
THEMES = ("light", "dark")
PATIENCE = 60_000  # milliseconds
COMPARED = ("summarization", "question-answering", "object-detection", "audio-classification")
SETTLED = 600  # milliseconds, in which gradio fades and moves
WAITING = Progress("downloading", "Downloading the model", 61_000_000, 148_000_000, 12.4e6)
# As the page looks while a run goes on: its line, and Stop in the place of Run. What gradio has
# drawn stays, for it goes on with that.
WAIT = """([panel, line]) => {
  const status = panel.querySelector('.block.status'), stop = panel.querySelector('button.stop');
  status.insertAdjacentHTML('beforeend', `<div class="html-container shown">${line}</div>`);
  for (const one of status.children) one.hidden = !one.matches('.shown');
  stop.disabled = false;
}"""
GO_ON = """panel => {
  const status = panel.querySelector('.block.status'), stop = panel.querySelector('button.stop');
  status.querySelector('.shown').remove();
  for (const one of status.children) one.hidden = false;
  stop.disabled = true;
}"""
State = tuple[str, Callable[[], None]]


def main() -> None:
    """Make the pictures that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m tests.browser.screenshots"
    )
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("--only", nargs="*", default=[""], help="places whose name has such a text")
    parser.add_argument("--width", nargs="*", type=int, default=[*WIDTHS], choices=[*WIDTHS])
    parser.add_argument("--theme", nargs="*", default=[*THEMES], choices=THEMES)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as address,
        chromium.launched() as browser,
    ):
        for theme in asked.theme:
            for width in asked.width:
                with _page(browser, address, theme, width) as page:
                    for place, states in _places(page).items():
                        if any(text in place for text in asked.only):
                            _take(
                                page,
                                asked.out / f"{place.replace('=', '-')}-{theme}-{width}",
                                states,
                            )


def _page(browser: Browser, address: str, theme: str, width: int) -> Page:
    page = browser.new_page(base_url=address, viewport={"width": width, "height": WIDTHS[width]})
    page.set_default_timeout(PATIENCE)
    page.goto(f"/?__theme={theme}")
    page.locator(".start .card").first.wait_for()
    return page


def _take(page: Page, name: Path, states: Iterator[State]) -> None:
    for state, reach in states:
        with suppress(TimeoutError):
            reach()
        page.mouse.move(0, 0)  # what the pointer is over looks otherwise
        page.wait_for_timeout(SETTLED)
        page.screenshot(path=f"{name}-{state}.png", full_page=True)
        print(f"{name}-{state}.png", flush=True)


def _places(page: Page) -> dict[str, Iterator[State]]:
    """The states of each place, by its link."""
    places = {f"view={name}": _only(page, f"view={name}") for name in ("start", "models")}
    places[f"lab={CHAPTER_1.id}"] = _only(page, f"lab={CHAPTER_1.id}")
    places["lab=three-families"] = _families(page)
    places["lab=two-phases"] = _training(page)
    return places | {f"task={task}": _task(page, task) for task in tasks()}


def _open(page: Page, link: str) -> None:
    page.evaluate("link => { history.pushState(null, '', link); onpopstate(); }", f"?{link}")
    kind, _, place = link.partition("=")
    if kind != "view":  # what stands in these tabs is made when they are first opened
        page.locator(f"#tab-{place} h2").first.wait_for()
    page.wait_for_timeout(2 * SETTLED)


def _only(page: Page, link: str) -> Iterator[State]:
    yield "empty", lambda: _open(page, link)


def _families(page: Page) -> Iterator[State]:
    yield from _only(page, "lab=three-families")
    page.get_by_role("button", name="Look inside").click()
    for view, family, figures in (
        ("sees", "encoder", "alignment"),
        ("makes", "decoder", "step"),
        ("ahead", "encoder-decoder", "beams"),
    ):
        page.locator(f".lab-views [value={view}]").check()
        page.locator(f".lab-views [value={family}]").dispatch_event("click")  # a phone's
        drawn = page.locator(f".block.lab-{figures} figure").first
        yield view, partial(drawn.wait_for, state="attached")


def _training(page: Page) -> Iterator[State]:
    yield from _only(page, "lab=two-phases")
    lab = Lab(page)
    phone = page.locator(".tr-phone").is_visible()
    for part in ("read", "size") if phone else ():
        yield part, partial(lab.show, part)
    lab.tiny()
    if phone:
        lab.show("train")
    lab.button("Start").click()
    yield "finished", partial(lab.until, "Done.")
    if phone:
        yield "after", partial(lab.show, "after")


def _task(page: Page, task: str) -> Iterator[State]:
    yield from _only(page, f"task={task}")
    run = page.locator(f"#run-{task}")
    panel = page.get_by_role("tabpanel").filter(has=run).last
    line = panel.locator(".block.status").first
    run.click()
    yield "error", line.locator(".error").wait_for
    waiting = str(status.progress(WAITING))
    page.evaluate(WAIT, [panel.element_handle(), waiting])
    yield "loading", lambda: None
    page.evaluate(GO_ON, panel.element_handle())
    panel.locator(".gallery-item, .tr-body td:first-child").first.click()
    page.wait_for_timeout(2 * SETTLED)
    run.click()
    yield "finished", line.locator(".done").wait_for
    if task in COMPARED:
        panel.get_by_role("button", name="Compare", exact=True).click()
        second = panel.locator(".second")
        second.get_by_role("button", name="Run this one").wait_for()
        page.wait_for_timeout(2 * SETTLED)
        run.click()
        yield "compared", second.locator(".block.differences h4").wait_for


if __name__ == "__main__":
    main()
