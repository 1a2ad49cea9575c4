"""What is kept of a run: files, links, and a history that only the browser has."""

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
import numpy as np
import pytest
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from components import chat, history, links
from components.history import History
from components.keep import Keep
from components.output_state import Values
from components.record import Record
from components.results import Conversation, LabelBars, Sound, Vectors
from components.runs import Runs
from components.tab import TaskTab
from components.text.text_classification import TAB
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.folders import ASSETS
from pipelines.playground import Facts
from pipelines.registry import task as find_task
from pipelines.settings import Settings

CLASSIFICATION = find_task("text-classification")
FACTS = Facts("tiny", "Tiny", "transformers", 0.0, 1.25, 1)
SCORES = [{"label": "POSITIVE", "score": 0.9}, {"label": "NEGATIVE", "score": 0.1}]
OPTIONS = {"top_k": 3}


def record(**of: Any) -> Record:
    given = {"typed": {"text": "Lovely."}, "inputs": {"text": "Lovely."}, "value": SCORES}
    return Record(**{**given, "options": OPTIONS, "model": "auto", "facts": FACTS, **of})


class Place:
    """A tab on a page of its own, with its panel open."""

    def __init__(self, settings: Settings) -> None:
        with gr.Blocks():
            self.tab = TaskTab(TAB, Playground(settings), Runs(), History())
            tab = self.tab
            self.keep = Keep(
                tab.task,
                tab.view,
                tab.inputs,
                tab.options,
                tab.model,
                tab.record,
                tab.shown,
                tab.json,
                tab.runner,
                tab.past,
            )
            self.keep.build()


@pytest.fixture
def place(settings: Settings) -> Place:
    return Place(settings)


def test_a_file_is_made_when_asked_for_under_the_tasks_name(place: Place) -> None:
    path = Path(place.keep._file("csv", {place.tab.record: record()}))
    assert path.name == "text-classification.csv"
    assert path.is_relative_to(get_upload_folder())
    assert b"POSITIVE,0.9" in path.read_bytes()
    with pytest.raises(InputError, match="There is no result yet"):
        place.keep._file("csv", {place.tab.record: None})


def typed(place: Place, **of: Any) -> Values:
    tab = place.tab
    widgets = {**tab.inputs, **tab.options, "model": tab.model}
    values = {widget: widget.value for widget in widgets.values()}
    return {**values, **{widgets[name]: value for name, value in of.items()}, tab.record: None}


def link(place: Place, values: Values) -> str:
    tab = place.tab
    fields = {**tab.inputs, **tab.options, "model": tab.model}
    return links.link(tab.task, fields, tab.record, values)


def test_a_link_carries_what_differs_from_the_start_and_fills_it_in_again(place: Place) -> None:
    tab = place.tab
    written = link(place, typed(place, text="a & b = 50 %\nüber", top_k=3, model="sentiment"))
    assert parse_qs(written[1:], keep_blank_values=True) == {
        "task": ["text-classification"],
        "text": ["a & b = 50 %\nüber"],
        "top_k": ["3"],
        "model": ["sentiment"],
    }
    assert link(place, typed(place)) == "?task=text-classification"
    fields = {**tab.inputs, **tab.options, "model": tab.model}
    found = links.filled(parse_qs(written[1:]), fields, tab.task, tab.playground)
    assert found[tab.inputs["text"]] == "a & b = 50 %\nüber"
    assert found[tab.model] == "sentiment"


def test_an_option_that_is_switched_off_is_in_the_link() -> None:
    with gr.Blocks():
        box, last = gr.Checkbox(value=True), gr.State()
    assert links.link(CLASSIFICATION, {"sure": box}, last, {box: False, last: None}).endswith(
        "&sure=False"
    )
    assert not links.link(CLASSIFICATION, {"sure": box}, last, {box: True, last: None}).endswith(
        "True"
    )


def test_a_chats_link_has_the_question_that_left_its_box() -> None:
    with gr.Blocks():
        box, last = gr.Textbox(), gr.State()
    asked = record(typed={"prompt": "Who?"})
    chat_task = find_task("text-generation")
    assert "prompt=Who" in links.link(chat_task, {"prompt": box}, last, {box: "", last: asked})


def test_a_long_text_is_refused_with_a_sentence(place: Place) -> None:
    with pytest.raises(InputError, match=r"A link holds 8,000 characters, and this .* 9,0\d\d"):
        link(place, typed(place, text="x" * 9_000))


def test_of_pictures_only_examples_are_in_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(gr, "Warning", lambda sentence, **_: told.append(sentence))
    task = find_task("image-classification")
    cat = str(ASSETS / "examples" / "cat.jpg")
    with gr.Blocks():
        box, last = gr.Image(), gr.State()

    def linked(path: str) -> str:
        file = {"path": path, "orig_name": "cat.jpg"}
        return links.link(task, {"image": box}, last, {box: file, last: None})

    assert linked(cat).endswith("&image=cat.jpg")
    assert told == []
    assert linked(str(ASSETS / "examples" / "coffee.jpg")) == "?task=image-classification"
    assert "not in the link" in told[0]


def test_a_run_comes_back_out_of_the_history_with_input_options_and_result(place: Place) -> None:
    tab = place.tab
    told = history.entry(tab.task, tab.view, record(model="sentiment"))
    values = place.keep._as_it_was(told)
    assert values[tab.inputs["text"]] == "Lovely."
    assert values[tab.options["top_k"]] == 3
    assert values[tab.model] == "sentiment"
    assert values[tab.shown[0]] == {"POSITIVE": 0.9, "NEGATIVE": 0.1}
    assert '"label": "POSITIVE"' in values[tab.json]
    assert values[tab.record].value == SCORES  # which Compare and the downloads go on from
    assert "Tiny ran 1.25 s" in values[tab.controls.status]


def test_an_earlier_run_takes_the_place_of_the_one_that_goes_on(place: Place) -> None:
    told = history.entry(place.tab.task, place.tab.view, record())
    runs, where = place.tab.runs, ("ada", place.tab.task.id)
    going_on = runs.enter(*where)
    threading.Thread(target=lambda: going_on.wait() and runs.leave(*where, going_on)).start()
    ada: Any = SimpleNamespace(session_hash="ada")
    assert place.tab.shown[0] in place.keep._again(told, ada)
    assert going_on.discarded
    assert not runs.busy(*where)


def test_of_a_long_run_the_browser_keeps_the_input_and_of_a_longer_one_nothing() -> None:
    view = Vectors()
    vectors = view.kept(np.ones((100, 400)).tolist())
    told = history.entry(CLASSIFICATION, view, record(value=vectors))
    assert history.remembered(told).value is None
    assert history.remembered(told).typed == {"text": "Lovely."}
    told = history.entry(CLASSIFICATION, view, record(typed={"text": "x" * 30_000}, value=vectors))
    assert json.loads(told) == {"task": "text-classification"}


def test_speech_is_not_kept_but_what_was_spoken(place: Place) -> None:
    told = history.entry(CLASSIFICATION, Sound(), record(value={"seconds": 1, "sampling_rate": 2}))
    values = place.keep._as_it_was(told)
    assert "Press Run for the result." in values[place.tab.controls.status]
    assert values[place.tab.inputs["text"]] == "Lovely."
    assert place.tab.shown[0] not in values


@pytest.mark.parametrize(
    "change",
    [
        {"value": [{"label": "x"}]},
        {"value": "nonsense"},
        {"typed": {"text": 3}},
        {"typed": [1]},
        {"model": {"a": 1}, "options": {"top_k": "many"}},
        {"seconds": "long"},
    ],
)
def test_what_the_browser_makes_up_gets_a_sentence(place: Place, change: dict[str, Any]) -> None:
    told = json.loads(history.entry(place.tab.task, place.tab.view, record()))
    with pytest.raises(InputError):
        place.keep._as_it_was(json.dumps({**told, **change}))
    for text in ("", "[]", "{", "null"):
        with pytest.raises(InputError):
            place.keep._as_it_was(text)


@pytest.mark.parametrize(
    "change", [{"inputs": {"image": {"path": "/etc/passwd"}}}, {"value": {"path": "/etc/passwd"}}]
)
def test_files_of_others_are_not_shown(place: Place, change: dict[str, Any]) -> None:
    told = json.loads(history.entry(place.tab.task, place.tab.view, record()))
    values = place.keep._as_it_was(json.dumps({**told, **change}))
    assert place.tab.shown[0] not in values
    assert "/etc/passwd" not in str(values.values())


def test_a_picture_that_is_gone_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(gr, "Warning", lambda sentence, **_: told.append(sentence))
    kept = save_file_to_cache(ASSETS / "examples" / "cat.jpg", get_upload_folder())
    with gr.Blocks():
        box = gr.Image(type="filepath")
        keep = Keep(
            find_task("image-classification"),
            LabelBars(),
            {"image": box},
            {},
            gr.Dropdown(allow_custom_value=True),
            gr.State(),
            [],
            gr.Code(),
            place.tab.runner,
            None,
        )
    typed = {"image": {"path": kept, "orig_name": "cat.jpg"}}
    written = history.entry(keep.task, keep.view, record(typed=typed, value=None))
    assert keep._as_it_was(written)[box] == kept
    Path(kept).unlink()
    assert keep._as_it_was(written)[box] is None
    assert "drop it again" in told[0]


def test_a_chat_is_kept_beside_its_last_run() -> None:
    turns = [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ada."}]
    chatting = record(value={"generated_text": "Ada."})
    task, view = find_task("text-generation"), Conversation("prompt")
    assert json.loads(history.entry(task, view, chatting, turns))["chat"] == turns
    long = [{"role": "user", "content": "x" * 200_000}]
    assert "chat" not in json.loads(history.entry(task, view, chatting, long))


def test_undo_takes_the_last_question_back_as_it_was_typed() -> None:
    asked = [
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": r"2 \* 3\?"},
        {"role": "assistant", "content": "6"},
        {"role": "assistant", "content": "six"},
    ]
    assert chat.taken_back(asked) == (asked[:2], "2 * 3?")
    assert chat.taken_back([]) == ([], "")


def test_an_edited_question_is_asked_anew_and_what_came_after_it_goes() -> None:
    turns = [{"role": role, "content": role} for role in ("user", "assistant") * 2]
    for index in (2, [2, 0]):
        edit = gr.EventData(None, {"index": index, "value": "2 * 4?", "previous_value": "user"})
        assert chat.edited(turns, edit) == (turns[:2], "2 * 4?")
    sent: list[Any] = [{"index": 9, "value": "x"}, {"index": []}, None, [1]]
    for gone in sent:
        with pytest.raises(InputError, match="not there any more"):
            chat.edited(turns, gr.EventData(None, gone))
