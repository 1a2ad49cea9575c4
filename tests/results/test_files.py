"""Results as files, each read back by what reads such a file."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from components.output_state import Values
from components.record import Record
from components.results import Boxes, Conversation, LabelBars, TranscriptView, Vectors
from components.results.writing import Writing
from pipelines.errors import InputError
from pipelines.subtitles import srt

LABELS = [{"label": "chat, noir", "score": 0.75}, {"label": "=1+1", "score": 0.25}]


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_labels_are_a_table_in_which_nothing_is_a_formula() -> None:
    content = LabelBars().files()["csv"](LABELS, {})
    assert rows(content) == [["label", "score"], ["chat, noir", "0.75"], ["'=1+1", "0.25"]]


def test_json_is_whole() -> None:
    many = [{"label": f"é{n}", "score": 0.5} for n in range(20_000)]
    assert json.loads(LabelBars().files()["json"](many, {})) == many


def test_vectors_are_read_by_numpy() -> None:
    view = Vectors()
    kept = view.kept([[0.5, -1.0], [0.25, 0.0]])
    array = np.load(io.BytesIO(view.files()["npy"](kept, {})))
    assert array.dtype == np.float32
    assert array.tolist() == [[0.5, -1.0], [0.25, 0.0]]


def test_the_picture_is_whole_with_the_boxes_that_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    Image.new("RGB", (900, 600), (127, 127, 127)).save(path)
    box = {"xmin": 300, "ymin": 200, "xmax": 600, "ymax": 500}
    faint = {"xmin": 0, "ymin": 0, "xmax": 100, "ymax": 100}
    found = [
        {"label": "cat", "score": 0.9, "box": box},
        {"label": "dog", "score": 0.2, "box": faint},
    ]
    inputs: dict[str, Any] = {"image": {"path": str(path)}, "threshold": 0.5}
    picture = Image.open(io.BytesIO(Boxes().files()["png"](found, inputs)))
    assert picture.size == (900, 600)
    assert picture.getpixel((300, 400)) != (127, 127, 127)  # the box's left edge
    assert picture.getpixel((450, 450)) == (127, 127, 127)  # what is in it
    assert picture.getpixel((0, 50)) == (127, 127, 127)  # no edge of the faint one
    assert len(rows(Boxes().files()["csv"](found, inputs))) == 2


def test_a_transcript_with_times_gives_subtitles_and_one_without_says_why_not() -> None:
    files = TranscriptView().files()
    chunks = [{"text": " Hello.", "timestamp": [0.0, 1.5]}]
    timed = {"text": " Hello.", "chunks": chunks}
    assert files["txt"](timed, {}) == b"Hello.\n"
    assert files["srt"](timed, {}).decode() == srt(chunks)
    assert files["vtt"](timed, {}).startswith(b"WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello.")
    with pytest.raises(InputError, match="need times"):
        files["srt"]({"text": "Hello."}, {})


def test_a_chat_is_markdown_and_messages() -> None:
    turns = [
        {"role": "user", "content": [{"type": "text", "text": "Who?"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Ada."}]},
        {
            "role": "user",
            "content": [
                {"type": "file", "file": {"path": "/x/cat.png", "orig_name": "cat.png"}},
                {"type": "text", "text": "And this?"},
            ],
        },
    ]
    view, answer = Conversation("prompt"), {"generated_text": "A cat."}
    written = view.files()["md"](answer, {"prompt": turns}).decode()
    assert written == (
        "## User\n\nWho?\n\n## Assistant\n\nAda.\n\n"
        "## User\n\n[cat.png]\nAnd this?\n\n## Assistant\n\nA cat.\n"
    )
    messages = json.loads(view.files()["json"](answer, {"prompt": turns}))
    assert messages[-1] == {"role": "assistant", "content": "A cat."}
    assert "/x/" not in written + str(messages)


@pytest.mark.parametrize("view", [Conversation("prompt"), Writing("prompt")])
def test_a_chat_is_exported_as_it_is_shown_whatever_was_run_last(view: Conversation) -> None:
    with gr.Blocks():
        view.build()
    values: Values = dict.fromkeys(view.reads(), "chat")
    undone = Record({"prompt": "Undone?"}, {}, {"mode": "chat"}, "tiny", {"generated_text": "No."})
    shown = [
        {"role": "user", "content": r"2 \* 3\?"},
        {"role": "assistant", "content": [{"type": "text", "text": "6"}]},
        {"role": "assistant", "content": "six"},
    ]
    for record in (None, undone):  # after a reload, and after Undo
        assert view.as_shown(record, {**values, view.chatbot: []}) is None
        told = view.as_shown(record, {**values, view.chatbot: shown})
        assert told
        assert told.typed["prompt"] == "2 * 3?"
        assert view.words(told.value) == "6"
        messages = json.loads(view.files()["json"](told.value, told.shown))
        assert [one["content"] for one in messages] == ["2 * 3?", "6", "six"]
