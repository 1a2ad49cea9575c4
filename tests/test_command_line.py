"""`run` from a script and from the command line, and app.py's own refusals."""

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import Playground, PlaygroundError, run

ROOT = Path(__file__).parents[1]


def python(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_one_line_of_python_answers_without_a_server(starters: object) -> None:
    line = "from pipelines import run; print(run('zero-shot-classification', 'We won 2:1', {}))"
    done = python("-c", line.format(["sport", "politics"]))
    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(done.stdout)[0]["label"] == "sport"


@pytest.mark.slow
def test_a_wrong_setting_ends_app_py_with_a_sentence() -> None:
    done = python("app.py", PLAYGROUND_MEMORY_GB="lots")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "PLAYGROUND_MEMORY_GB='lots' is not a number. Give a plain number."
    )


@pytest.fixture
def here(playground: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts use the tests' playground."""
    monkeypatch.setattr("pipelines.playground._shared", [playground])


def test_inputs_come_in_order_or_by_name(here: None, starters: object) -> None:
    text, labels = "We won 2:1", ["politics", "sport"]
    assert run("zero-shot-classification", text, labels) == run(
        "zero_shot_classification", candidate_labels=labels, text=text
    )


def test_options_come_by_name(here: None, starters: object) -> None:
    vectors = run("feature-extraction", "A cat.", pooling="none", normalize=False)
    assert len(vectors) == 5


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ((), {}, "must be text"),
        (("a",), {"colour": "red"}, "has no option named colour"),
        (("a", "b"), {}, "takes 1 input"),
        (("a",), {"model": "nothing"}, "neither in the catalogue"),
    ],
)
def test_a_wrong_call_is_said(
    here: None, values: tuple[str, ...], options: dict[str, str], said: str
) -> None:
    with pytest.raises(PlaygroundError, match=said):
        run("feature-extraction", *values, **options)


def test_a_defect_is_logged_and_said_without_its_details(
    here: None, starters: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("pipelines.playground.resolve", broken)
    with pytest.raises(PlaygroundError, match=r"failed on this input \(RuntimeError\)") as caught:
        run("feature-extraction", "A cat.")
    assert "secret" not in str(caught.value)
    assert "secret" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_is_taken_ends_app_py_with_a_sentence(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = python("app.py", "--host", host, "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"Nothing can listen on {host}, port {port}: Address already in use. "
        "Choose another with --host or --port; --port 0 takes a free port."
    )


@pytest.mark.slow
@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_of_another_machine_ends_app_py_with_a_sentence(host: str) -> None:
    done = python("app.py", "--host", host, "--port", "0")
    assert done.returncode == 1
    assert done.stderr.startswith(f"Nothing can listen on {host}, port 0: ")
    assert done.stderr.count("\n") == 1
