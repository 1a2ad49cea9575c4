"""Rows with answers as files: columns, formulas, subtitles and sounds."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import InputError
from pipelines.outputs import Speech
from pipelines.registry import task
from pipelines.rows.job import RowResult
from pipelines.rows.metrics import LARGEST, OTHERS, Comparison
from pipelines.rows.table import Attachment, Row
from pipelines.rows.writing import FileWriter, JsonlWriter, TableWriter, fields, safe
from pipelines.subtitles import webvtt

LABELS = [{"label": "GOOD", "score": 0.9}, {"label": "BAD", "score": 0.1}]


def row(number: int = 1, **cells: Any) -> Row:
    return Row(number, cells)


def table_of(task_id: str, columns: list[str], *results: RowResult, **how: Any) -> list[list[str]]:
    file = io.StringIO()
    TableWriter(file, task(task_id), columns, **how).write(results)
    read = io.StringIO(file.getvalue(), newline="")
    return [*csv.reader(read, delimiter=how.get("delimiter", ","))]


@pytest.mark.parametrize(
    ("task_id", "columns"),
    [
        ("text-classification", ["label", "score", "result"]),
        ("object-detection", ["label", "score", "box", "result"]),
        ("translation", ["translation_text"]),
        ("text-generation", ["generated_text", "result"]),
        ("feature-extraction", ["result"]),
        ("automatic-speech-recognition", ["text", "language", "language_probability", "chunks"]),
        ("question-answering", ["answer", "score", "start", "end", "result"]),
        ("text-to-speech", ["file", "seconds"]),
    ],
)
def test_the_type_of_an_answer_tells_its_columns(task_id: str, columns: list[str]) -> None:
    assert fields(task(task_id)) == [*columns, "error", "note"]


def test_every_cell_survives_the_table() -> None:
    text = 'a "quote", a comma; a\nline end, a\rCR'
    answers = [
        RowResult(row(text=text), LABELS, notes=("Cut.",)),
        RowResult(row(2, text=""), error=InputError("The text is empty.", "Write one.")),
    ]
    header, first, second = table_of("text-classification", ["text"], *answers, delimiter=";")
    assert header == ["text", "label", "score", "result", "error", "note"]
    assert first == [text, "GOOD", "0.9", json.dumps(LABELS), "", "Cut."]
    assert second == ["", "", "", "", "The text is empty. Write one.", ""]


def test_columns_of_the_same_name_are_told_apart() -> None:
    header, first = table_of("text-classification", ["label"], RowResult(row(label="x"), LABELS))
    assert header[:3] == ["label", "result_label", "score"]
    assert first[:2] == ["x", "GOOD"]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1"]
)
def test_what_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    answer = RowResult(row(text=cell), {"generated_text": cell})
    [_, first] = table_of("image-to-text", ["text"], answer)
    assert first[:2] == [f"'{cell}"] * 2
    assert table_of("image-to-text", ["text"], answer, exact=True)[1][0] == cell
    assert table_of("image-to-text", ["=x"], answer)[0][0] == "'=x"


@pytest.mark.parametrize("cell", ["-5", "+1.5e3", "a=b", "", "x@y.org", "5-3"])
def test_numbers_and_plain_texts_stay(cell: str) -> None:
    assert safe(cell) == cell


def test_json_lines_hold_the_cells_and_answers_as_they_are() -> None:
    file = io.StringIO()
    name = Attachment("é.png", lambda: b"")
    JsonlWriter(file, ["file", "error"]).write(
        [
            RowResult(row(file=name, error="=1"), LABELS, notes=("Cut.",)),
            RowResult(row(2, file=name, error=[1]), error=InputError("No.")),
        ]
    )
    assert [json.loads(line) for line in file.getvalue().splitlines()] == [
        {"file": "é.png", "error": "=1", "result": LABELS, "notes": ["Cut."]},
        {"file": "é.png", "error": [1], "result_error": "No."},
    ]
    assert "é" in file.getvalue()


def test_subtitles_have_their_times_and_no_markup() -> None:
    chunks = [
        {"text": "one <b>&\n--> two", "timestamp": [0.0, 1.25]},
        {"text": "late", "timestamp": [3599.9996, 3661.5]},
    ]
    assert webvtt(chunks) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\none &lt;b&gt;&amp; --&gt; two\n\n"
        "01:00:00.000 --> 01:01:01.500\nlate\n"
    )


def test_sounds_and_subtitles_are_files_named_after_their_rows(tmp_path: Path) -> None:
    speech = Speech(np.arange(2205, dtype=np.int16), 22050)
    heard = {"text": "hi", "chunks": [{"text": "hi", "timestamp": [0, 1]}]}
    writer = FileWriter(tmp_path / "a.zip")
    writer.write(
        [
            RowResult(row(1, text="Good morning, Ö!"), speech),
            RowResult(row(2, text="../../x"), speech),
            RowResult(row(3, file=Attachment("a/b.mp3", lambda: b"")), heard),
            RowResult(row(4, text=""), error=InputError("No.")),
            RowResult(row(5, text="x" * 500), speech),
        ]
    )
    writer.close()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == [
            "0001-Good-morning-Ö.wav", "0002-x.wav", "0003-b.vtt", f"0005-{'x' * 80}.wav",
        ]  # fmt: skip
        assert archive.read("0003-b.vtt").startswith(b"WEBVTT")
        assert archive.read("0001-Good-morning-Ö.wav")[:4] == b"RIFF"
    [_, first] = table_of("text-to-speech", ["text"], RowResult(row(1, text="a"), speech))
    assert first == ["a", "0001-a.wav", "0.1", "", ""]


def test_labels_are_compared() -> None:
    comparison = Comparison()
    pairs = [
        ("good", "GOOD"),
        (" Good ", "GOOD"),
        ("bad", "GOOD"),
        ("bad", "BAD"),
        ("neutral", "BAD"),
    ]
    for true, predicted in pairs:
        comparison.add(true, predicted)
    comparison.add("", "GOOD")
    comparison.add("good", None)
    assert comparison.accuracy == 0.6
    assert comparison.sentence() == (
        "Accuracy 60.0%: 3 of 5 rows; 2 without a label or an answer are left out."
    )
    assert comparison.matrix() == (
        ["BAD", "GOOD", "neutral"], ["BAD", "GOOD"], [[1, 1], [0, 2], [1, 0]],
    )  # fmt: skip


def test_labels_of_another_kind_are_said() -> None:
    comparison = Comparison()
    comparison.add("1", "GOOD")
    assert "No label of the column (1) is one of the model's (GOOD)" in comparison.sentence()
    assert Comparison().sentence() == "No row has both a label and an answer."


def test_a_large_matrix_keeps_its_frequent_labels() -> None:
    comparison = Comparison()
    for n in range(100):
        for _ in range(100 - n):
            comparison.add(f"label {n}", f"label {n}")
    rows, columns, counts = comparison.matrix()
    assert rows == columns
    assert len(rows) == LARGEST + 1
    assert rows[-1] == OTHERS
    assert sum(map(sum, counts)) == 5050
