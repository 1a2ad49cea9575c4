"""Finds a Chromium. `python -m tests.browser.chromium` is what `make test` calls first.

In order: the one Playwright installed, the system's. Without any it ends with a sentence that says
how to get one. With --install (`make chromium`), and in CI, it gets one itself: what `playwright
install` can fetch, or on Debian, as root, Debian's package.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

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
    "The browser tests need a Chromium, and none is found here: `make chromium` installs one, "
    "`make test-fast` does without."
)
FAILED = "No Chromium could be installed. Install your system's package (Debian: chromium)."


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


def get(playwright: Playwright, install: bool = False) -> str:
    """The path of a Chromium; ends the program without. Installs one only when told to, or in CI,
    whose machine is nobody's."""
    if found := find(playwright):
        return found
    if not install and os.environ.get("CI", "").lower() not in {"1", "true"}:
        sys.exit(HOW)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if found := find(playwright):
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["update"], ["install", "-y", "chromium"]):
            subprocess.run(["apt-get", *command], stdout=subprocess.DEVNULL, check=False)
    return find(playwright) or sys.exit(FAILED)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser for a program that has no test's fixtures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get(playwright), args=ARGUMENTS)
        yield browser
        browser.close()


if __name__ == "__main__":
    with sync_playwright() as started:
        print(f"Chromium: {get(started, install='--install' in sys.argv[1:])}")
