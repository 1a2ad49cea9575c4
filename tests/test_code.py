"""“Use it from code”: every snippet is code, carries the input and leaves defaults out."""

import ast
import shlex
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from components.code import LANGUAGES, snippet
from components.runs import Runs
from components.tab import Tab, TaskTab
from pipelines import Playground
from pipelines.registry import task as find_task
from pipelines.registry import tasks
from pipelines.settings import Settings

NASTY = 'It\'s "quoted"\n{text} $HOME `ls` \\ ü'
GIVEN: dict[str, Any] = {
    "text": NASTY,
    "prompt": NASTY,
    "candidate_labels": ["food, drink", "it's"],
    "image": {"path": "/tmp/gradio/abc/lion.jpg", "orig_name": "lion.jpg"},
    "audio": {"path": "/tmp/gradio/abc/speech.wav", "orig_name": "speech.wav"},
}


def made(name: str, language: str, playground: Playground, **options: Any) -> str:
    task = find_task(name)
    tab: Tab = import_module(f"components.{task.modality}.{task.name}").TAB
    inputs = {p.name: GIVEN[p.name] for p in task.inputs}
    url = "http://127.0.0.1:7860/"
    return snippet(task, tab.transformers, language, url, inputs, options, "auto", playground)


@pytest.fixture
def world(settings: Settings) -> Playground:
    return Playground(settings)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "curl"])
@pytest.mark.parametrize("task", tasks())
def test_a_snippet_is_python(task: str, language: str, world: Playground) -> None:
    code = made(task, language, world)
    ast.parse(code)
    assert "/tmp/gradio" not in code


@pytest.mark.parametrize("task", tasks())
def test_curl_sends_the_input_as_one_word(task: str, world: Playground) -> None:
    words = shlex.split(made(task, "curl", world), comments=True)
    assert words


@pytest.mark.parametrize("language", ["Python", "gradio_client"])
def test_the_text_comes_through_as_it_was_typed(language: str, world: Playground) -> None:
    tree = ast.parse(made("text-generation", language, world))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert NASTY in texts


def test_only_changed_options_are_written(world: Playground) -> None:
    code = made("text-generation", "Python", world, temperature=0.2, max_new_tokens=9)
    assert "max_new_tokens=9" in code
    assert "temperature" not in code


def test_the_code_for_objects_has_the_sliders_threshold(world: Playground) -> None:
    tab_of_objects = import_module("components.vision.object_detection").TAB
    with gr.Blocks() as page:
        tab = TaskTab(tab_of_objects, world, Runs())
    [event] = [one for one in page.fns.values() if one.outputs == [tab.code]]
    slider = tab.view.options()["threshold"]
    request = SimpleNamespace(request=SimpleNamespace(base_url="http://127.0.0.1:7860/"))
    for score, written in (0.5, False), (0.3, True):
        values = [score if one is slider else one.value for one in event.inputs[1:]]
        for language in ("Python", "gradio_client"):
            code = event.fn(request, language, *values)["value"]
            ast.parse(code)
            assert ("threshold=0.3" in code) == written
            assert "threshold=0.5" not in code
