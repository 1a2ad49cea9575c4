"""Finds a Chromium, or gets one. `python -m tests.browser.chromium` is what `make test` calls.

In order: the one Playwright installed, the system's, what `playwright install` can fetch, and on
Debian, as root, Debian's package. Without any it ends with a sentence that says how to get one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error, Playwright, sync_playwright

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
    """The path of a Chromium that is here and starts."""
    own = playwright.chromium.executable_path
    here = [own if Path(own).exists() else None, *map(shutil.which, NAMES)]
    return next((path for path in here if path and _starts(playwright, path)), None)


def _starts(playwright: Playwright, path: str) -> bool:
    """Playwright's own needs libraries that a bare machine has not."""
    try:
        playwright.chromium.launch(executable_path=path, args=ARGUMENTS).close()
    except Error as error:
        print(f"{path} does not start: {error.message.splitlines()[0]}", file=sys.stderr)
        return False
    return True


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
