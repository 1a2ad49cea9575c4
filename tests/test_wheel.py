"""The program as a package: built, installed afresh, used outside the checkout."""

import ast
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, served

pytestmark = pytest.mark.slow

ROOMS = ("api", "cluster", "components", "pipelines")


def output(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a command prints; nothing of the checkout is on its path."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=env | environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the checkout."""
    return tmp_path_factory.mktemp("outside")


@pytest.fixture(scope="module")
def wheel(outside: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    output(*pip, "--wheel-dir", outside, ROOT, cwd=outside)
    [built] = outside.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, outside: Path) -> Path:
    """The bin folder of an environment with the wheel; what it needs is this environment's."""
    folder = outside / "environment"
    output(sys.executable, "-m", "venv", "--without-pip", folder, cwd=outside)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps")
    output(*pip, "--no-index", wheel, cwd=outside)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def test_the_wheel_holds_the_packages_their_types_and_all_assets(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assets = {p.relative_to(ROOT) for p in (ROOT / "assets").rglob("*") if p.is_file()}
    assert {f"pipelines/{path.as_posix()}" for path in assets} <= names
    assert {f"{room}/py.typed" for room in ROOMS} <= names
    assert {"pipelines/catalogue.toml", "components/course/chapter_1.toml"} <= names
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {*ROOMS, "pipeline_playground.py"}


def test_the_wheel_needs_what_requirements_txt_lists(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [one for one in archive.namelist() if one.endswith("METADATA")]
        metadata = archive.read(name).decode()
    lines = [line for line in metadata.splitlines() if line[:14] == "Requires-Dist:"]
    needed = {line.split()[1] for line in lines if "extra ==" not in line}
    listed = {
        line.split()[0].replace("_", "-")
        for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
        if line and line[0] != "#"
    }
    assert needed == listed


def test_the_command_is_there(installed: Path, outside: Path) -> None:
    shown = output(installed / "pipeline-playground", "--help", cwd=outside)
    assert "PLAYGROUND_PORT" in shown


def test_a_bundled_starter_answers_outside_the_checkout(installed: Path, outside: Path) -> None:
    code = """
import pipelines
from pipelines import run
print([pipelines.__file__, run("translation", "A dog is running.", target="de")])
"""
    settings = {"PLAYGROUND_CACHE": str(outside / "cache"), "PLAYGROUND_SOURCES": "bundled"}
    shown = output(installed / "python", "-c", code, cwd=outside, **settings)
    where, answer = ast.literal_eval(shown.splitlines()[-1])
    assert Path(where).is_relative_to(installed.parent)
    assert answer["translation_text"].startswith("Ein Hund")


def test_the_installed_page_answers(
    installed: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    command = [str(installed / "pipeline-playground")]
    with served(outside / "server", command=command, PYTHONUNBUFFERED="1") as url:
        page = httpx.get(url, timeout=60).text
        config = httpx.get(f"{url}/config", timeout=60).json()
        [css] = [one for one in (ROOT / "assets" / "page.css").read_text().splitlines()[:1] if one]
        assert "Pipeline Playground" in page
        assert css in config["css"]
        [packages] = installed.parent.glob("lib/python*/site-packages")
        cat = packages / "pipelines/assets/examples/cat.jpg"
        shown = httpx.get(f"{url}/gradio_api/file={cat}", timeout=60)
        assert shown.content == (ROOT / "assets/examples/cat.jpg").read_bytes()
