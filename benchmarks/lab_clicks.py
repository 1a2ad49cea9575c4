"""How long a click in lab 1 takes in a real Chromium, from the click to the changed figure.

The models are loaded first; each click asks for something that was not asked for before. A second
passes between two clicks, or between a sentence and the click, as with a person; the lab reads
ahead meanwhile. The median of CLICKS counts.
"""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.report import Row
from tests.browser import chromium

CLICKS = 9
PAUSE = 1000  # milliseconds
WITHIN = 300.0  # milliseconds
SETTLED = 5_000  # milliseconds, in which what was drawn before has made room
PATIENCE = 300_000  # milliseconds; of the first load on a busy machine
SENTENCE = "The lion sleeps under an old tree."
# As long as the lab draws: with the tokens taken, the text outgrows what is read of it.
PAGE = (
    "The lion sleeps under an old tree while the small birds sing in the morning and the river "
    "runs slowly past the village where the old man sells bread to the children who come from "
    "school on every single day of"
)
# Watches the words and lines of the figures from within the page, so that no round trip is counted,
# and the figures alone: gradio writes into the block around them while it waits.
WATCH = """(wheres, act) => {
  const began = performance.now();
  const NEVER = 20000;  // milliseconds after which a figure is not waited for any more
  const EVERYTHING = {childList: true, subtree: true, characterData: true};
  const drawn = where => [...document.querySelectorAll(where + ' figure')]
    .map(figure => figure.textContent).join();
  const changed = wheres.map(where => new Promise(done => {
    const before = drawn(where);
    setTimeout(() => done(NEVER), NEVER);
    new MutationObserver((_, watch) => {
      if (!drawn(where) || drawn(where) === before) return;
      watch.disconnect();
      done(performance.now() - began);
    }).observe(document.querySelector(where), EVERYTHING);
  }));
  act();
  return Promise.all(changed);
}"""
CLICK = f"""([what, wheres, value, number]) => ({WATCH})(wheres, () => {{
  const all = document.querySelectorAll(what), button = all[number % all.length];
  if (value === null) return button.click();
  button.value = value;
  button.dispatchEvent(new Event('input', {{bubbles: true}}));
  button.dispatchEvent(new Event('change', {{bubbles: true}}));
}})"""
COLUMN = ".lab-families > .column:nth-child({})"
LOOKED = [f"{COLUMN.format(1)} .block.lab-attention", ".block.lab-so-far", ".block.lab-step"]
ANIMALS = ("dog", "cat", "horse", "bird", "child", "king", "boy", "girl", "fox")
OTHERS = ("man", "woman", "cow", "sheep", "bear", "wolf", "mouse", "duck", "goat")
SLIDER = "input[type=range][aria-label*='{}']"
# Name; the sentence; the column; what is clicked or, with values, moved; the figure that answers.
BARS, HEATS = ".block.lab-candidates", ".block.lab-attention"
STEP = (".lab-next", ".block.lab-step", None)
ACTS = (
    ("take a token", SENTENCE, 2, ".lab-take", ".block.lab-so-far", None),
    ("move the temperature", SENTENCE, 2, SLIDER.format("Temperature"), BARS, (0.4, 1.6)),
    ("choose a head", SENTENCE, 2, SLIDER.format("Head"), HEATS, (2, 9)),
    ("step a translation", SENTENCE, 3, *STEP),
    ("take a token of a long text", PAGE, 2, ".lab-take", ".block.lab-so-far", None),
    ("choose a head of a long text", PAGE, 2, SLIDER.format("Head"), HEATS, (5, 7)),
)


def run() -> list[Row]:
    """Each act CLICKS times in one page."""
    rows = []
    with _app() as address, chromium.launched() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/?lab=three-families")
        page.wait_for_function("document.title.startsWith('Three families')")
        seen = SENTENCE
        _look(page, SENTENCE)
        rows.append(
            _row("look into another sentence, typed a second before", _looks(page, ANIMALS, PAUSE))
        )
        at_once = "look, Enter pressed with the last letter"
        rows.append(_row(at_once, _looks(page, OTHERS, 0)))
        for name, sentence, column, what, where, values in ACTS:
            if sentence != seen:
                _look(page, sentence)
                seen = sentence
            place = COLUMN.format(column)
            took = []
            for number in range(CLICKS):
                value = None if values is None else values[number % len(values)]
                asked = [f"{place} {what}", [f"{place} {where}"], value, number]
                took += page.evaluate(CLICK, asked)
                page.wait_for_timeout(PAUSE)  # the tree after it is not counted
            rows.append(_row(name, took))
    return rows


def _row(name: str, took: list[float]) -> Row:
    told = f"{statistics.median(took):.0f} (most {max(took):.0f}); load {os.getloadavg()[0]:.1f}"
    ratio = statistics.median(took) / WITHIN
    return Row(f"lab 1: {name} (ms)", told, f"within: {WITHIN:.0f}", ratio, "≤ 1")


def _looks(page: Page, animals: Sequence[str], pause: int) -> list[float]:
    """All three columns show a sentence that they have not shown, with loaded models."""
    took = []
    for animal in animals:
        page.get_by_label("Sentence", exact=True).fill(f"The {animal} sleeps under an old tree.")
        page.wait_for_timeout(pause)
        took.append(max(page.evaluate(CLICK, [".lab-look", LOOKED, None, 0])))
        page.wait_for_timeout(2000)
    return took


def _look(page: Page, sentence: str) -> None:
    page.get_by_label("Sentence", exact=True).fill(sentence)
    page.get_by_role("button", name="Look inside").click()
    last = sentence.split()[-1].strip(".")
    page.locator(".block.lab-so-far figure", has_text=last).wait_for()
    for figure in (".block.lab-nearest", ".block.lab-surprise", ".block.lab-beams"):
        page.locator(f"{figure} figure").first.wait_for(state="attached")
    page.wait_for_timeout(SETTLED)


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
