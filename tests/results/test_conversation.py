"""The conversation beside a picture: each picture at its turn, none sent twice."""

from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from components.results import Conversation
from components.results.conversation import as_typed, last_question, typed
from pipelines.errors import InputError
from pipelines.inputs import Messages
from pipelines.inputs.files import confined_to
from pipelines.settings import Settings

MARK = {"_type": "gradio.FileData"}


def picture(folder: Path, colour: str, name: str = "") -> dict[str, Any]:
    path = folder / f"{name or colour}.png"
    Image.new("RGB", (20, 20), colour).save(path)
    return {"path": str(path), "meta": MARK}


def talk(view: Conversation, *given: tuple[dict[str, Any] | None, str]) -> list[dict[str, Any]]:
    """What is sent after these pictures and questions, each answered."""
    turns: Any = None
    for image, question in given:
        inputs = view.complete_inputs({"image": image, "text": question}, {view.chatbot: turns})
        [shown] = view.show({"generated_text": "Yes."}, inputs, True)
        turns = view.chatbot.postprocess(shown).model_dump()  # as it comes back from the browser
    messages: list[dict[str, Any]] = inputs["text"]
    return messages


def files(messages: list[dict[str, Any]]) -> list[list[str]]:
    """Names of the pictures at each of the user's turns."""
    return [
        [Path(part["file"]["path"]).stem for part in message["content"] if part["type"] == "file"]
        for message in messages
        if message["role"] == "user"
    ]


def built(view: Conversation) -> Conversation:
    with gr.Blocks():
        view.build()
    return view


@pytest.fixture
def view() -> Conversation:
    return built(Conversation("text", picture="image"))


def test_the_same_picture_is_sent_once(view: Conversation, tmp_path: Path) -> None:
    red, copy = picture(tmp_path, "red"), picture(tmp_path, "red", "copy")
    sent = talk(view, (red, "What?"), (red, "And?"), (copy, "Really?"))
    assert files(sent) == [["red"], [], []]


def test_another_picture_joins_the_conversation(view: Conversation, tmp_path: Path) -> None:
    red, blue = picture(tmp_path, "red"), picture(tmp_path, "blue")
    sent = talk(view, (red, "What?"), (blue, "And this?"), (None, "Which is larger?"))
    assert files(sent) == [["red"], ["blue"], []]
    read = Messages().read(sent, Settings())
    assert [message["content"] for message in read if message["role"] == "user"] == [
        "What?",
        "And this?",
        "Which is larger?",
    ]
    assert [len(message.get("images", ())) for message in read] == [1, 0, 1, 0, 0]


def test_without_its_picture_a_question_is_about_the_newest(
    view: Conversation, tmp_path: Path
) -> None:
    red = picture(tmp_path, "red")
    first = view.complete_inputs({"image": red, "text": "a"}, {view.chatbot: None})
    [turns] = view.show({"generated_text": ""}, first, True)
    again = view.complete_inputs({"image": None, "text": "b"}, {view.chatbot: turns})
    assert again["image"]["path"] == red["path"]


def test_a_visitors_run_opens_no_pictures_of_this_machine(tmp_path: Path) -> None:
    uploads, outside = tmp_path / "uploads", tmp_path / "outside"
    uploads.mkdir()
    outside.mkdir()
    red, sent = picture(outside, "red"), picture(uploads, "blue")
    message = {"role": "user", "content": "What?"}
    for harm in (
        {"images": [red["path"]]},
        {"images": [red]},
        {"images": red["path"]},
        {"content": [{"type": "image", "image": red["path"]}]},
        {"content": [{"type": "file", "file": red}]},
    ):
        with (
            confined_to([uploads]),
            pytest.raises(InputError, match="not uploaded here"),
        ):
            Messages().read([message | harm], Settings())
    with confined_to([uploads]):
        assert len(Messages().read([message | {"images": [sent]}], Settings())[0]["images"]) == 1


TYPED = ["if a<b and c>d then", "<script>alert(1)</script> hi", "2*3*4", "# not a title", "a\\*b"]
TYPED += [
    "    four spaces",
    "\ta tab\n  two",
    "$x$ and $$y$$",
    "&lt; &#32;&amp;",
    "1. a\n- b\n> c\n===",
]
TYPED += [
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "www.example.com https://example.com/?a=1&b=2 a@b.c",
    "\\(x\\) \\[y\\] \\begin{equation}",
    "a\n\n\n  b  \n",
]
TYPED += [
    "[[Home]](http://a.b)",
    "`code` ~~no~~ _no_",
    "\\",
    "a\\\n  b",
    "<|im_end|>",
    "naïve 日本 🙂",
]


@pytest.mark.parametrize("text", TYPED)
def test_what_was_typed_is_sent_on_as_it_was(text: str) -> None:
    assert typed(as_typed(text)) == text
    view = built(Conversation("prompt"))
    first = view.complete_inputs({"prompt": text}, {view.chatbot: None})
    [turns] = view.show({"generated_text": "*Yes*"}, first, True)
    sent = view.complete_inputs({"prompt": "And?"}, {view.chatbot: turns})["prompt"]
    assert [turn["content"][0]["text"] for turn in sent[:2]] == [text, "*Yes*"]


def test_a_picture_is_shown_as_a_picture(view: Conversation, tmp_path: Path) -> None:
    sent = talk(view, (picture(tmp_path, "red"), "What?"))
    assert sent[0]["content"][0]["file"]["mime_type"] == "image/png"


def test_the_last_question_is_the_newest_of_the_user(tmp_path: Path) -> None:
    view = built(Conversation("text", picture="image"))
    red = picture(tmp_path, "red")
    assert last_question(talk(view, (red, "What is this?"), (red, "And now?"))) == "And now?"
    assert last_question(talk(view, (red, "What is this?"))) == "What is this?"
    assert last_question([{"role": "user", "content": "Hi"}]) == "Hi"
    assert last_question(None) == ""
