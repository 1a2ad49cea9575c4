"""“Use it from code”: every snippet is code, carries the input and leaves defaults out."""

import ast
import json
import re
import shlex
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from components.code import LANGUAGES, filled, snippet
from components.runs import Runs
from components.tab import Tab, TaskTab
from pipelines import Playground
from pipelines.catalogue import TRANSFORMERS_FORMAT, catalogue
from pipelines.registry import task as find_task
from pipelines.registry import tasks
from pipelines.settings import Settings

NASTY = 'It\'s "quoted"\n{text} $HOME `ls` \\ ü'
GIVEN: dict[str, Any] = {
    "text": NASTY,
    "prompt": NASTY,
    "question": NASTY,
    "context": NASTY,
    "candidate_labels": ["food, drink", "it's"],
    "image": {"path": "/tmp/gradio/abc/lion.jpg", "orig_name": "lion.jpg"},
    "audio": {"path": "/tmp/gradio/abc/speech.wav", "orig_name": "speech.wav"},
}

MODEL = re.compile(r'(?:model=|Tokenizer.from_pretrained\(|Processor.from_pretrained\()"(.*?)"')


def made(
    name: str, language: str, playground: Playground, model: str = "auto", **options: Any
) -> str:
    task = find_task(name)
    tab: Tab = import_module(f"components.{task.modality}.{task.name}").TAB
    inputs = {p.name: GIVEN[p.name] for p in task.inputs}
    url = "http://127.0.0.1:7860/"
    return snippet(task, tab.transformers, language, url, inputs, options, model, playground)


def picks(task: str) -> list[str]:
    """What can be picked for a task."""
    return ["auto", "lab:not-there", *(entry.name for entry in catalogue().for_task(task))]


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
    sent = json.loads(words[words.index("-d") + 1])
    given = {p.name: GIVEN[p.name] for p in find_task(task).inputs}
    files = {n: {"path": f"${n.upper()}"} for n, v in given.items() if isinstance(v, dict)}
    assert sent == given | files


@pytest.mark.parametrize("language", ["Python", "gradio_client"])
def test_the_text_comes_through_as_it_was_typed(language: str, world: Playground) -> None:
    tree = ast.parse(made("text-generation", language, world))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert NASTY in texts


def test_empty_inputs_are_those_of_the_example() -> None:
    task = find_task("image-text-to-text")
    full = filled(task, {"image": None, "text": ""}, ["scenes/one.png", "What is there?"])
    assert full == {"image": {"path": "scenes/one.png"}, "text": "What is there?"}
    given = {"image": GIVEN["image"], "text": "Who?"}
    assert filled(task, given, ["scenes/one.png", "What is there?"]) == given


def test_only_changed_options_are_written(world: Playground) -> None:
    code = made("text-generation", "Python", world, temperature=0.2, max_new_tokens=9)
    assert "max_new_tokens=9" in code
    assert "temperature" not in code


PICKED = [(task, model) for task in tasks() for model in picks(task)]


@pytest.mark.parametrize(("task", "model"), PICKED)
def test_plain_transformers_gets_a_hub_id_that_it_runs(
    task: str, model: str, world: Playground
) -> None:
    code = made(task, "transformers", world, model)
    hubs = {e.hub for e in world.catalogue.for_task(task) if e.engine in TRANSFORMERS_FORMAT}
    named = set(MODEL.findall(code))
    assert named <= hubs
    assert len(named) == (not code.startswith("# Plain transformers runs no model"))
    entry = world.catalogue.find(model)
    if entry and entry.hub in named:
        assert f"# {entry.title}: " not in code


def test_another_model_than_the_picked_one_is_named_in_a_comment(world: Playground) -> None:
    code = made("text-generation", "transformers", world, "smollm2-135m-instruct")
    assert code.startswith("# SmolLM2 360M Instruct: ")
    code = made("zero-shot-classification", "transformers", world, "all-minilm-l6-v2")
    assert code.startswith("# DeBERTa")  # no pipeline sorts with an embedding model


def test_a_hub_id_of_ones_own_is_taken(world: Playground) -> None:
    code = made("automatic-speech-recognition", "transformers", world, "openai/whisper-tiny")
    assert MODEL.findall(code) == ["openai/whisper-tiny"]


def test_languages_and_options_reach_plain_transformers(world: Playground) -> None:
    options = {"source": "de", "target": "ro", "num_beams": 3}
    code = made("translation", "transformers", world, "t5-small", **options)
    assert "translate German to Romanian: " in code
    assert "num_beams=3" in code
    code = made("translation", "transformers", world, "mbart-50", **options)
    assert "tokenizer.src_lang = marks['de']" in code


@pytest.mark.parametrize(
    ("task", "model", "small", "options"),
    [
        ("text-classification", "distilbert-sst2", "distilbert", {"top_k": 1}),
        ("zero-shot-classification", "bart-large-mnli", "bert-nli", {"multi_label": True}),
        ("text-generation", "smollm2-360m-instruct", "llama-chat", {"max_new_tokens": 3}),
        ("text-generation", "gpt2", "gpt2", {"max_new_tokens": 3, "temperature": 0.0}),
        ("image-text-to-text", "smolvlm-256m", "idefics3", {"max_new_tokens": 3}),
        ("image-to-text", "blip-captioning", "blip", {"max_new_tokens": 3}),
        ("image-to-text", "smolvlm-256m", "idefics3", {"max_new_tokens": 3}),
        ("summarization", "distilbart-cnn", "bart", {"max_length": 5}),
        ("summarization", "smollm2-360m-instruct", "llama-chat", {"max_length": 5}),
        ("translation", "t5-small", "t5", {}),
        ("translation", "mbart-50", "mbart50", {"source": "de"}),
    ],
)
def test_the_code_for_plain_transformers_runs(
    task: str,
    model: str,
    small: str,
    options: dict[str, Any],
    world: Playground,
    tiny: Playground,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.linear_gradient("L").convert("RGB").save("lion.jpg")
    code = made(task, "transformers", world, model, **options)
    folder = tiny.store.local(tiny.catalogue[small])
    code = code.replace(str(world.catalogue[model].hub), str(folder))
    exec(code.replace("256", "8"), {})  # the tiny mBART has 128 positions
    assert capsys.readouterr().out  # random weights may write an empty line


def test_the_code_for_objects_has_the_sliders_threshold(world: Playground) -> None:
    tab_of_objects = import_module("components.vision.object_detection").TAB
    with gr.Blocks() as page:
        tab = TaskTab(tab_of_objects, world, Runs())
    [event] = [one for one in page.fns.values() if one.outputs == [tab.code]]
    slider = tab.view.options()["threshold"]
    request = SimpleNamespace(request=SimpleNamespace(base_url="http://127.0.0.1:7860/"))
    for score, written in (0.5, False), (0.3, True):
        values = {one: score if one is slider else one.value for one in event.inputs}
        for language in ("Python", "gradio_client"):
            code = event.fn(request, values | {tab.snippet: language})["value"]
            ast.parse(code)
            assert ("threshold=0.3" in code) == written
            assert "threshold=0.5" not in code


def test_a_second_text_goes_into_the_call_of_transformers(world: Playground) -> None:
    pair = made("text-classification", "transformers", world, text_pair="Two.")
    assert f'pipe({{"text": {NASTY!r}, "text_pair": \'Two.\'}}, top_k=5)' in pair
    assert "text_pair" not in made("text-classification", "transformers", world)


def test_a_shortest_summary_goes_into_the_call_of_transformers(world: Playground) -> None:
    shortest = made("summarization", "transformers", world, min_length=20)
    assert "min_length=0, min_new_tokens=int(20 * 1.6), max_new_tokens=int(60 * 1.6)" in shortest
    assert "min_" not in made("summarization", "transformers", world)
