"""How long a switch to a tab never opened takes in a real Chromium, until its Run can be pressed.

A tab is made by the server when its first visitor opens it, and is shown to the next ones as it is;
so the tabs are opened one after the other by two visitors, in a page of their own each.
"""

import os
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.report import Row
from pipelines.registry import MODALITIES, tasks
from tests.browser import chromium
from tests.conftest import served

WITHIN = 500.0  # milliseconds
PAUSE = 700  # milliseconds, as a person's between two tabs; what a tab asks for has come then
PATIENCE = 60_000  # milliseconds
# From within the page, so that no round trip is counted: from the click to the button that is seen.
SWITCH = """([button, run]) => new Promise((done, fail) => {
  const began = performance.now();
  const look = () => {
    if (document.getElementById(run)?.offsetParent) done(performance.now() - began);
    else if (performance.now() - began > 20000) fail('The tab does not come.');
    else requestAnimationFrame(look);
  };
  document.getElementById(button).click();
  look();
})"""


def run() -> list[Row]:
    """The median of all tabs, and the slowest."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as address,
        chromium.launched() as browser,
    ):
        first = "switch to a tab never opened, the server's first visitor"
        return [
            _row(first, _opens(browser, address)),
            _row("the same, the next visitor", _opens(browser, address)),
        ]


def _row(name: str, took: list[float]) -> Row:
    told = f"{statistics.median(took):.0f} (most {max(took):.0f}); load {os.getloadavg()[0]:.1f}"
    return Row(
        f"{name} (ms)", told, f"within: {WITHIN:.0f}", statistics.median(took) / WITHIN, "≤ 1"
    )


def _opens(browser: Browser, address: str) -> list[float]:
    """Milliseconds of each tab, in a fresh page. The first of a group comes with the group."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator(".start .card").first.wait_for()
    page.wait_for_timeout(PAUSE)
    took = []
    for modality in MODALITIES:
        for number, task in enumerate(one for one in tasks().values() if one.modality == modality):
            button = f"tab-{task.id}-button" if number else f"group-{modality}-button"
            took.append(page.evaluate(SWITCH, [button, f"run-{task.id}"]))
            page.wait_for_timeout(PAUSE)
    page.context.close()
    return took
