"""How long a click in lab 1 takes in a real Chromium, from the click to the changed figure.

The models are loaded first; each click asks for something that was not asked for before, so nothing
is answered from what the lab remembers. The median of CLICKS counts.
"""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.report import Row
from tests.browser import chromium

CLICKS = 9
WITHIN = 300.0  # milliseconds
PATIENCE = 300_000  # milliseconds; of the first load on a busy machine
SENTENCE = "The lion sleeps under an old tree."
# Watches the figure's words and lines from within the page, so that no round trip is counted.
CLICK = """([what, where, value]) => new Promise(done => {
  const figure = document.querySelector(where), button = document.querySelector(what);
  const before = figure.textContent, began = performance.now();
  const watch = new MutationObserver(() => {
    if (figure.textContent === before || !figure.querySelector('figure')) return;
    watch.disconnect();
    done(performance.now() - began);
  });
  watch.observe(figure, {childList: true, subtree: true, characterData: true});
  if (value === null) return button.click();
  button.value = value;
  button.dispatchEvent(new Event('input', {bubbles: true}));
  button.dispatchEvent(new Event('change', {bubbles: true}));
})"""
COLUMN = ".lab-families > .column:nth-child({})"
SLIDER = "input[type=range][aria-label*='{}']"
# Name; the column; what is clicked or, with values, moved; the figure that answers.
ACTS = (
    ("take a token", 2, ".lab-take", ".block.lab-so-far", None),
    ("move the temperature", 2, SLIDER.format("Temperature"), ".block.lab-candidates", (0.4, 1.6)),
    ("choose a head", 2, SLIDER.format("Head"), ".block.lab-attention", (2, 9)),
    ("step a translation", 3, "button.sm:not(.lab-save)", ".block.lab-step", None),
)


def run() -> list[Row]:
    """Each act CLICKS times in one page."""
    rows = []
    with _app() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.get(playwright), args=chromium.ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(PATIENCE)
        _look(page, address)
        for name, column, what, where, values in ACTS:
            place = COLUMN.format(column)
            took = []
            for number in range(CLICKS):
                value = None if values is None else values[number % len(values)]
                took.append(page.evaluate(CLICK, [f"{place} {what}", f"{place} {where}", value]))
                page.wait_for_timeout(1000)  # as a person does; the tree after it is not counted
            told = f"{statistics.median(took):.0f} (most {max(took):.0f})"
            told += f"; load {os.getloadavg()[0]:.1f}"
            ratio = statistics.median(took) / WITHIN
            rows.append(Row(f"lab 1: {name} (ms)", told, f"within: {WITHIN:.0f}", ratio, "≤ 1"))
        browser.close()
    return rows


def _look(page: Page, address: str) -> None:
    page.goto(f"{address}/?lab=three-families")
    page.wait_for_function("document.title.startsWith('Three families')")
    page.get_by_label("Sentence", exact=True).fill(SENTENCE)
    page.get_by_role("button", name="Look inside").click()
    for figure in (".block.lab-nearest", ".block.lab-surprise", ".block.lab-beams"):
        page.locator(f"{figure} figure").first.wait_for()


@contextmanager
def _app() -> Iterator[str]:
    """The address of the app, started as a user starts it."""
    process = subprocess.Popen(
        [sys.executable, "-u", "app.py", "--port", "0"],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found[0]
                return
        raise RuntimeError("the app has ended")
    finally:
        process.terminate()
        process.wait()
