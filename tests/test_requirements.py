"""The lists of what is needed, and the versions they lock."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([\w.-]+)(?:\[\w+\])?==([^\s;#]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Package and version of each line that pins one."""
    text = (ROOT / name).read_text("utf-8")
    return {package.lower().replace("_", "-"): number for package, number in PIN.findall(text)}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_has_the_version_of_every_pin(name: str) -> None:
    listed = pins(name)
    assert len(listed) > 10
    locked = pins("requirements.lock")
    assert listed == {package: locked.get(package) for package in listed}


def test_the_lock_names_no_host_and_no_folder() -> None:
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        assert re.fullmatch(r"[\w.-]+==[\w.]+(?: ; [^/@:]+)?", line), line


def test_the_wheel_is_built_with_what_the_tests_build_it_with() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    [built_with] = re.findall(r"^requires = \[(.*)\]$", text, re.MULTILINE)
    listed = pins("requirements-dev.txt")
    for package, number in re.findall(r'"([\w-]+)==([\d.]+)"', built_with):
        assert listed[package] == number


def test_the_tests_run_with_the_versions_that_are_pinned() -> None:
    for package, number in pins("requirements.txt").items():
        assert version(package).partition("+")[0] == number


def test_workflows_take_each_action_by_its_digest_and_say_the_version() -> None:
    # A tag can be moved to other code; dependabot raises a digest and its comment together.
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    files = (ROOT / ".github" / "workflows").glob("*.yml")
    used = re.findall(r"uses: (.*)", "\n".join(file.read_text("utf-8") for file in files))
    assert used
    assert [one for one in used if not pinned.fullmatch(one)] == []
