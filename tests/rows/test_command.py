"""`pipeline-playground run` on the real starters, as a terminal calls it."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import soundfile

from pipelines import Playground, command_line
from tests.tiny.onnx_files import voice_of

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "assets/examples"
GOOD, BAD = "I love it, truly wonderful.", "A terrible, boring film."


@pytest.fixture(autouse=True)
def here(
    playground: Playground, starters: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command uses the tests' models, and its files are here."""
    monkeypatch.setattr(command_line, "Playground", lambda settings: playground)
    monkeypatch.setattr(playground.cache, "close", lambda: None)
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> int:
    return command_line.main(words)


def rows(text: str) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(text))]


def test_a_table_gets_its_answers_and_a_run_says_how_it_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("in.csv").write_text(
        f'n,text,truth\n1,"{GOOD}",positive\n2,{BAD!r},negative\n'.replace("'", '"')
    )
    assert run("text-classification", "in.csv", "--column", "text", "--output", "out.csv") == 0
    assert [(one["n"], one["label"]) for one in rows(Path("out.csv").read_text())] == [
        ("1", "POSITIVE"), ("2", "NEGATIVE"),
    ]  # fmt: skip
    labels = ("--labels", "truth", "-o", "out.jsonl")
    assert run("text-classification", "in.csv", "--column", "text", *labels) == 0
    assert "Accuracy 100.0%: 2 of 2 rows." in capsys.readouterr().err
    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [one["result"][0]["label"] for one in lines] == ["POSITIVE", "NEGATIVE"]


def test_a_row_that_fails_is_told_by_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.csv").write_text(f'text,n\n"{GOOD}",1\n,2\n')
    assert run("text-classification", "in.csv", "--column", "text") == 1
    told = capsys.readouterr()
    assert [one["error"] != "" for one in rows(told.out)] == [False, True]
    assert "1 row has a message instead of an answer" in told.err


def test_the_output_is_written_as_the_input_was() -> None:
    Path("in.csv").write_text(f"nr;text\n1;{GOOD}\n", "utf-8-sig")
    assert run("text-classification", "in.csv", "--column", "text", "-o", "out.csv") == 0
    assert Path("out.csv").read_bytes().startswith(b"\xef\xbb\xbfnr;text;label")


def test_options_and_the_inputs_of_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.txt").write_text("We won 2:1\n\nThe minister resigned\n")
    options = ("--option", "candidate_labels=sport,politics", "--option", "multi_label=true")
    assert run("zero-shot-classification", "in.txt", *options) == 0
    found = rows(capsys.readouterr().out)
    assert [one["label"] for one in found] == ["sport", "politics"]
    scores = [entry["score"] for entry in json.loads(found[0]["result"])]
    assert abs(sum(scores) - 1) > 0.001  # each on its own


def test_columns_are_named_for_each_input(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.csv").write_text("q,context\nWhere does Ada live?,Ada lives in York.\n")
    assert run("question-answering", "in.csv", "--column", "question=q") == 0
    assert rows(capsys.readouterr().out)[0]["answer"].strip(".") == "York"


def test_pictures_sounds_and_subtitles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = [str(EXAMPLES / name) for name in ("cat.jpg", "coffee.jpg")]
    assert run("image-classification", *pictures, "--option", "top_k=1") == 0
    found = rows(capsys.readouterr().out)
    assert [one["file"] for one in found] == ["cat.jpg", "coffee.jpg"]
    assert "cat" in found[0]["label"]
    assert (
        run("automatic-speech-recognition", str(EXAMPLES / "weather.mp3"), "--files", "heard.zip")
        == 0
    )
    with zipfile.ZipFile("heard.zip") as archive:
        assert archive.namelist() == ["0001-weather.vtt"]
        assert b" --> " in archive.read("0001-weather.vtt")


def test_speech_goes_into_a_zip(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.txt").write_text("Good morning.\n")
    assert run("text-to-speech", "in.txt") == 2
    assert "--files sounds.zip" in capsys.readouterr().err
    assert run("text-to-speech", "in.txt", "--files", "spoken.zip") == 0
    with zipfile.ZipFile("spoken.zip") as archive:
        assert len(archive.read("0001-Good-morning.wav")) > 10_000


def test_the_voice_of_all_rows_is_an_option(
    tiny: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_line, "Playground", lambda settings: tiny)
    monkeypatch.setattr(tiny.cache, "close", lambda: None)
    Path("in.txt").write_text("Hello.\nYes.\n")
    spoken = ("text-to-speech", "in.txt", "--model", "kokoro", "--files", "spoken.zip")
    assert run(*spoken, "--option", "voice=bf_emma") == 0
    with zipfile.ZipFile("spoken.zip") as archive:
        sounds = [soundfile.read(archive.open(name), dtype="int16") for name in archive.namelist()]
    assert [voice_of(samples) for samples, _ in sounds] == ["bf_emma", "bf_emma"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("telepathy", "in.csv"), "There is no task named 'telepathy'"),
        (("text-classification", "nowhere.csv"), "There is no file nowhere.csv"),
        (("question-answering", "in.csv"), "The file has the columns n, text"),
        (("text-classification", "in.csv", "--column", "no"), "no column named 'no'"),
        (("text-classification", "in.csv", "--column", "text", "--labels", "no"), "named 'no'"),
        (("text-classification", "in.csv", "--column", "text", "-o", "in.csv"), "is the input"),
        (("text-classification", "in.csv", "--column", "text", "-o", "a.pdf"), "of no kind"),
        (("text-classification", "in.csv", "--column", "text", "-o", "no/a.csv"), "no folder"),
        (("text-classification", "in.csv", "--column", "text", "--option", "top_k=x"), "a number"),
        (("text-classification", "in.csv", "--column", "text", "--option", "top_k"), "no value"),
        (("text-classification", "in.csv", "--column", "text", "--option", "a=1"), "named a"),
        (("text-classification", "in.csv", "--column", "text", "--model", "no"), "neither in the"),
        (("summarization", "in.csv", "--column", "text", "--labels", "n"), "gives no labels"),
        (("summarization", "in.csv", "--column", "text", "--files", "a.zip"), "makes no files"),
    ],
)
def test_what_cannot_be_asked_is_said_and_leaves_no_file(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("in.csv").write_text("n,text\n1,a\n")
    assert run(*words) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
    assert [one.name for one in Path().iterdir()] == ["in.csv"]


def test_a_wrong_flag_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("text-classification", "in.csv", "--colour")
    assert ended.value.code == 2


def command(*words: str, **given: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "run", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PLAYGROUND_SOURCES": "bundled,cache"},
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (f"{GOOD}\n{BAD}\n", ()),
        (f'n,text\n1,"{GOOD}"\n2,"{BAD}"\n', ("--column", "text")),
        (f'{{"text": "{GOOD}"}}\n{{"text": "{BAD}"}}\n', ()),
    ],
)
def test_standard_input_to_standard_output(given: str, words: tuple[str, ...]) -> None:
    with command("text-classification", "-", *words) as process:
        out, err = process.communicate(given, timeout=200)
    assert process.returncode == 0, err
    assert [one["label"] for one in rows(out)] == ["POSITIVE", "NEGATIVE"]
    assert err == ""


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    Path("in.txt").write_text(f"{GOOD}\n" * 100_000)
    with command("text-classification", "in.txt", "-o", "out.csv") as process:
        out = tmp_path / "out.csv"
        while process.poll() is None and not (out.exists() and out.stat().st_size > 2000):
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=100)
    assert process.returncode == 130, err
    found = rows(out.read_text())
    assert 0 < len(found) < 100_000
    assert f"Stopped: {len(found):,} of 100,000 rows are done and kept." in err
    assert {one["label"] for one in found} == {"POSITIVE"}
    assert "Traceback" not in err
