"""What a tab shows before its first run: the examples that it has, and real answers to them."""

import re
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from components import preview
from components.examples import FOLDER
from components.tab import Tab
from pipelines.inputs import Image
from pipelines.registry import tasks
from pipelines.task import Task

ALL = pytest.mark.parametrize("task", tasks().values(), ids=lambda task: task.id)


def link_of(shown: str) -> dict[str, list[str]]:
    link = shown.partition('data-try href="')[2].partition('"')[0].replace("&amp;", "&")
    return parse_qs(urlsplit(link).query)


@ALL
def test_the_example_shown_is_the_tabs_first_and_its_link_fills_it_in(task: Task) -> None:
    tab: Tab = import_module(f"components.{task.modality}.{task.name}").TAB
    shown = str(preview.before_first_run(task))
    assert "press Run" in shown
    said = link_of(shown)
    assert said.pop("task") == [task.id]
    names = [one.name for one in task.inputs]
    given: dict[str, Any] = dict(zip(names, tab.examples[0], strict=True))
    for name, value in given.items():
        texts = value if isinstance(value, list) else [str(value)]
        assert said.pop(name) == [text.removeprefix(f"{FOLDER}/") for text in texts]
    assert said == {}


@ALL
def test_an_example_and_its_answer_fit_a_line(task: Task) -> None:
    given, _, answer = str(preview.in_a_line(task)).partition(" → ")
    assert answer
    words = re.sub("<img .*?>", "", f"{given}{answer}")
    assert "base64" not in words
    assert len(words) < 200
    assert given.startswith("<img") == any(isinstance(one.spec, Image) for one in task.inputs)


def test_a_text_in_a_preview_is_no_markup() -> None:
    drawn = [preview._drawn({"text": "<b>"}), preview._drawn({"bars": [["<b>", 0.5]]})]
    assert all("&lt;b&gt;" in one for one in drawn)


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        ({"text": " Hello."}, {"text": "Hello."}),
        ({"answer": "Ada", "score": 0.25, "start": 0, "end": 3}, {"bars": [["Ada", 0.25]]}),
        ([{"label": "car", "score": 0.9, "box": {}}], {"bars": [["car", 0.9]]}),
        (
            [{"entity_group": "PER", "word": "Ada", "score": 0.8, "start": 0, "end": 3}],
            {"bars": [["Ada: PER", 0.8]]},
        ),
        ([[1.0, 0.0], [0.6, 0.8]], {"alike": [["two", 0.6]]}),
    ],
)
def test_each_kind_of_answer_is_kept_small(value: Any, drawn: dict[str, Any]) -> None:
    assert preview._answer(value, {"text": "one\ntwo"}) == drawn


def test_a_task_without_an_example_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "_previews", dict)
    shown = preview.before_first_run(next(iter(tasks().values())))
    assert "press Run" in shown
    assert "preview" not in shown
