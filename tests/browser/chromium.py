"""Finds a Chromium, or gets one. `python -m tests.browser.chromium` is what `make test` calls.

In order: the one Playwright installed, the system's, what `playwright install` can fetch, and on
Debian, as root, Debian's package. Without any it ends with a sentence that says how to get one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HOW = (
    "The browser tests need a Chromium. Run `.venv/bin/playwright install chromium`, or install "
    "your system's package (Debian: apt-get install chromium)."
)


def find(playwright: Playwright) -> str | None:
    """The path of a Chromium that is here."""
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def get(playwright: Playwright) -> str:
    """The path of a Chromium, fetched when there is none; ends the program without."""
    if found := find(playwright):
        return found
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if found := find(playwright):
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"stdout": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update"], **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "chromium"], **quiet)  # type: ignore[call-overload]
    return find(playwright) or sys.exit(HOW)


if __name__ == "__main__":
    with sync_playwright() as started:
        print(f"Chromium: {get(started)}")
