"""`make test` finds a Chromium or says how to get one; it installs nothing unasked."""

import subprocess
from typing import Any

import pytest

from tests.browser import chromium


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would install one, on a machine without a Chromium."""
    commands: list[list[str]] = []
    monkeypatch.setattr(chromium, "find", lambda _: None)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: commands.append(command))
    return commands


def get(**how: Any) -> str:
    with pytest.raises(SystemExit) as end:
        chromium.get(None, **how)  # type: ignore[arg-type]  # `find` above asks it nothing
    return str(end.value)


def test_without_a_chromium_the_tests_say_how_to_get_one(
    installs: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert "`make chromium` installs one" in get()
    assert installs == []


@pytest.mark.parametrize("asked", [True, False])
def test_it_is_installed_when_asked_for_and_in_ci(
    installs: list[list[str]], monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    monkeypatch.setenv("CI", "" if asked else "true")
    assert "could be installed" in get(install=asked)
    assert installs[0][-2:] == ["install", "chromium"]
