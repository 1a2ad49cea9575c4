"""The panel "Many inputs" without a browser: what it reads, what it shows and keeps."""

import csv
import io
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from components.history import History
from components.many_inputs import Panel
from components.runs import Runs
from components.tab import TaskTab
from components.text.text_classification import TAB
from components.translations import LANGUAGE
from components.widgets import input_widget, option_widget
from pipelines import Playground
from pipelines.registry import task as find_task
from pipelines.settings import Settings

ADA: Any = SimpleNamespace(session_hash="ada")
CLASSIFIER = "bert-sequence-classification"


@pytest.fixture(autouse=True)
def uploads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


class Opened:
    """A panel on a page of its own, with the widgets of a tab above it."""

    def __init__(self, playground: Playground, task_id: str, model: str) -> None:
        task = find_task(task_id)
        self.runs = Runs()
        with gr.Blocks():
            self.model = gr.Dropdown(value=model, allow_custom_value=True)
            self.inputs = {p.name: input_widget(p, playground.settings) for p in task.inputs}
            self.options = {p.name: option_widget(p, p.default) for p in task.options}
            self.panel = Panel(task, playground, self.runs, self.model, self.inputs, self.options)
        given = self.panel.widgets
        asked = [given.lines, given.files, given.labels, *given.columns.values()]
        above = [self.model, *self.inputs.values(), *self.options.values()]
        self.values: dict[Any, Any] = {one: one.value for one in [*asked, *above]}
        self.values[self.panel.controls.agreed] = ""

    def fill(self, **given: Any) -> "Opened":
        """Set widgets of the panel; `files` are paths."""
        for name, value in given.items():
            if name == "files":
                value = [{"path": str(path)} for path in value]
            self.values[getattr(self.panel.widgets, name)] = value
        return self

    def updates(self) -> list[dict[Any, Any]]:
        return [*self.panel._run(ADA, None, self.values)]

    def run(self) -> SimpleNamespace:
        """What the outputs show in the end."""
        last = self.updates()[-1]
        shown = {name: last.get(one) for name, one in vars(self.panel).items() if not callable(one)
                 and isinstance(one, gr.components.Component)}  # fmt: skip
        table = (shown["table"] or {}).get("value") or {"headers": [], "data": []}
        files = (shown["downloads"] or {}).get("value") or []
        return SimpleNamespace(
            status=str(last[self.panel.controls.status]),
            headers=table["headers"],
            rows=table["data"],
            metrics=str((shown["metrics"] or {}).get("value") or ""),
            files={Path(one).suffix: Path(one) for one in files},
            table=self.panel.table,
            last=last,
        )


@pytest.fixture
def opened(tiny: Playground) -> Callable[..., Opened]:
    return lambda task_id="text-classification", model=CLASSIFIER, of=tiny: Opened(
        of, task_id, model
    )


def limited(tiny: Playground, **settings: Any) -> Playground:
    """The tiny playground with other limits."""
    other = Playground(replace(tiny.settings, **settings), tiny.catalogue)
    other.store = tiny.store
    return other


def test_lines_give_rows_and_files(opened: Callable[..., Opened]) -> None:
    done = opened().fill(lines="the lion\n\n=1+1\n<b>bold</b>").run()
    assert "3 of 3 rows" in done.status
    assert done.headers == ["row", "text", "label", "score"]
    assert [row[:2] for row in done.rows] == [[1, "the lion"], [2, "=1+1"], [3, "<b>bold</b>"]]
    assert {*done.files} == {".csv", ".jsonl"}
    content = done.files[".csv"].read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # without it Excel reads UTF-8 as something else
    read = [*csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    assert [one["text"] for one in read] == ["the lion", "'=1+1", "<b>bold</b>"]
    assert len(done.files[".jsonl"].read_text().splitlines()) == 3
    widths = [float(one.removesuffix("%")) for one in done.last[done.table]["column_widths"]]
    assert sum(widths) == pytest.approx(100, abs=0.1)  # of the page, wide or narrow


def test_heads_of_the_page_are_in_the_visitors_language_and_those_of_the_file_are_not(
    opened: Callable[..., Opened],
) -> None:
    before = LANGUAGE.set("fr")
    try:
        done = opened().fill(lines="the lion").run()
    finally:
        LANGUAGE.reset(before)
    assert done.headers == ["n°", "texte", "étiquette", "score"]
    assert done.files[".csv"].read_text("utf-8-sig").startswith("text,label,score,")


def test_a_table_offers_its_columns_and_its_labels_are_compared(
    opened: Callable[..., Opened], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("n;Text;truth\n1;the lion;LABEL_0\n2;;LABEL_1\n3;a tree;<i>\n")
    panel = opened().fill(files=[path])
    line, column, _ = panel.panel._columns(panel.values[panel.panel.widgets.files])
    assert "3 rows; columns: n, Text, truth." in line
    assert (column["choices"], column["value"]) == (["n", "Text", "truth"], "Text")
    panel.values[panel.panel.widgets.columns["text"]] = column["value"]
    done = panel.fill(labels="truth").run()
    assert done.headers == ["row", "Text", "truth", "label", "score", "error"]
    assert done.rows[1][-1] == "The text is empty."
    assert "1 without an answer" in done.status
    assert "of 2 rows; 1 without a label or an answer are left out" in done.metrics
    assert "&lt;i&gt;" in done.metrics
    assert "<i>" not in done.metrics


def test_what_has_no_column_is_taken_from_the_tab(
    opened: Callable[..., Opened], tmp_path: Path
) -> None:
    panel = opened("question-answering", "bert-question-answering")
    context = "the lion sleeps under an old tree"
    panel.values[panel.inputs["context"]] = context
    panel.values[panel.options["handle_impossible_answer"]] = False
    done = panel.fill(lines="who sleeps\nwhere").run()
    answers = [row[done.headers.index("answer")] for row in done.rows]
    assert len(answers) == 2
    assert all(answers)
    assert all(one in context for one in answers)
    panel.values[panel.inputs["context"]] = ""
    assert "The text is empty." in panel.run().status


def test_pictures_are_seen_in_the_table(opened: Callable[..., Opened], tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (3000, 200), "red").save(picture, "PNG")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr('"><script>.png', picture.getvalue())
        archive.writestr("__MACOSX/._a.png", b"junk")
        archive.writestr("broken.png", b"no picture")
    done = opened("image-classification", "vit").fill(files=[path]).run()
    first, second = done.rows
    assert "<img " in first[1]
    assert "<script" not in first[1]
    thumbnail = first[1].split("/gradio_api/file=")[1].split('"')[0]
    with Image.open(thumbnail) as small:
        assert max(small.size) == 96
    assert second[1] == "broken.png"
    assert "not a picture" in second[-1]


def test_stop_keeps_what_is_done(opened: Callable[..., Opened]) -> None:
    panel = opened().fill(lines="\n".join(f"line {n}" for n in range(20_000)))
    last: dict[Any, Any] = {}
    for last in panel.panel._run(ADA, None, panel.values):
        if "rows/s" in str(last.get(panel.panel.controls.status, "")):
            panel.runs.stop("ada", "text-classification rows")
    assert "Stopped" in str(last[panel.panel.controls.status])
    csv_file, _ = last[panel.panel.downloads]["value"]
    with open(csv_file, encoding="utf-8-sig", newline="") as file:
        kept = [*csv.DictReader(file)]
    assert 0 < len(kept) < 20_000
    assert f"{len(kept):,} of 20,000 rows" in str(last[panel.panel.controls.status])


def test_rows_and_minutes_have_limits(tiny: Playground, opened: Callable[..., Opened]) -> None:
    lines = "\n".join(f"line {n}" for n in range(3000))
    few = opened(of=limited(tiny, max_rows=40)).fill(lines=lines).run()
    assert "40 of 40 rows" in few.status
    assert "Only the first 40 of 3,000 rows count." in few.status
    assert len(few.files[".jsonl"].read_text().splitlines()) == 40
    short = opened(of=limited(tiny, max_rows_minutes=1e-6)).fill(lines=lines).run()
    assert "Ended after 1e-06 minutes, the limit" in short.status
    assert 0 < len(short.files[".jsonl"].read_text().splitlines()) < 3000


def test_the_table_has_the_first_rows_and_the_files_all(opened: Callable[..., Opened]) -> None:
    done = opened().fill(lines="\n".join(f"line {n}" for n in range(510))).run()
    assert len(done.rows) == 500
    assert "The table shows the first 500 rows" in done.status
    assert len(done.files[".jsonl"].read_text().splitlines()) == 510


@pytest.mark.parametrize(
    ("task_id", "model", "said"),
    [
        ("text-classification", CLASSIFIER, "There are no lines."),
        ("image-classification", "vit", "There is no file."),
        ("text-classification", "nothing", "neither in the catalogue"),
    ],
)
def test_what_cannot_be_run_is_said(
    opened: Callable[..., Opened], task_id: str, model: str, said: str
) -> None:
    panel = opened(task_id, model)
    if model == "nothing":
        panel.fill(lines="a")
    assert said in panel.run().status


def test_a_path_in_a_table_opens_nothing_that_was_not_uploaded(
    tiny: Playground, opened: Callable[..., Opened], tmp_path: Path, uploads: Path
) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (9, 9)).save(secret)
    table = tmp_path / "a.csv"
    table.write_text(f"image\n{secret}\n../secret.png\nsecret.png\n")
    confined = limited(tiny)
    confined.file_folders = [uploads]
    done = opened("image-classification", "vit", of=confined).fill(files=[table]).run()
    assert [row[-1] for row in done.rows] == ["This file was not uploaded here."] * 3


def test_a_panel_is_made_when_it_is_first_opened(settings: Settings) -> None:
    with gr.Blocks() as blocks:
        TaskTab(TAB, Playground(settings), Runs(), History(), gr.State(""))
    names = [getattr(one, "label", "") for one in blocks.blocks.values()]
    assert names.count("Many inputs") == 1
    buttons = [one.value for one in blocks.blocks.values() if isinstance(one, gr.Button)]
    assert "Run" in buttons
    assert "Run all" not in buttons


def test_two_runs_of_one_panel_do_not_meet(opened: Callable[..., Opened]) -> None:
    panel = opened().fill(lines="\n".join(f"line {n}" for n in range(300)))
    found: list[SimpleNamespace] = []
    threads = [threading.Thread(target=lambda: found.append(panel.run())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one, other = (len(done.files[".jsonl"].read_text().splitlines()) for done in found)
    assert one == other == 300
    assert found[0].files[".csv"] != found[1].files[".csv"]
