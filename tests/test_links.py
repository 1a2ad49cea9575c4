"""What a link fills in, by the names of inputs and options."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.components import Component

from components import links
from pipelines import Playground
from pipelines.errors import ModelError
from pipelines.folders import ASSETS
from pipelines.registry import task as find_task
from pipelines.settings import Settings

CLASSIFICATION = find_task("text-classification")


@pytest.fixture
def fields() -> Iterator[dict[str, Component]]:
    with gr.Blocks():
        yield {
            "model": gr.Dropdown(["auto", "sentiment"], value="auto"),
            "text": gr.Textbox(),
            "image": gr.Image(),
            "labels": gr.Dropdown(multiselect=True, allow_custom_value=True),
            "target": gr.Dropdown([("French", "fr"), ("German", "de")]),
            "top_k": gr.Slider(1, 10, 5, step=1),
            "seed": gr.Number(None),
            "multi_label": gr.Checkbox(),
        }


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(gr, "Warning", lambda sentence, **_: told.append(sentence))
    return told


def fill(
    values: dict[str, list[str]], fields: dict[str, Component], playground: Playground
) -> dict[str, Any]:
    found = links.filled(values, fields, CLASSIFICATION, playground)
    names = {component: name for name, component in fields.items()}
    return {names[component]: value for component, value in found.items()}


def test_each_kind_of_widget_gets_a_value_of_its_kind(
    fields: dict[str, Component], settings: Settings, warned: list[str]
) -> None:
    values = {
        "text": ["a & b = <c>"],
        "image": ["cat.jpg"],
        "labels": ["one", "two"],
        "target": ["de"],
        "top_k": ["3"],
        "seed": ["7"],
        "multi_label": ["true"],
        "nonsense": ["1"],
        "utm_source": ["a newsletter"],
    }
    assert fill(values, fields, Playground(settings)) == {
        "text": "a & b = <c>",
        "image": str(ASSETS / "examples" / "cat.jpg"),
        "labels": ["one", "two"],
        "target": "de",
        "top_k": 3,
        "seed": 7,
        "multi_label": True,
    }
    [told] = warned
    assert told.startswith("This tab takes model, text, image, ")
    assert told.endswith("; the link’s nonsense does not count here.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("top_k", "99"),
        ("top_k", "nan"),
        ("top_k", "many"),
        ("seed", "inf"),
        ("target", "xx"),
        ("image", "../page.css"),
        ("image", "/etc/passwd"),
        ("image", "http://127.0.0.1/a.png"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_said(
    name: str, value: str, fields: dict[str, Component], settings: Settings, warned: list[str]
) -> None:
    filled = fill({name: [value], "text": ["stays"]}, fields, Playground(settings))
    assert filled == {"text": "stays"}
    assert name in warned[0]


def test_a_model_that_cannot_be_had_gives_way_to_the_starter(
    fields: dict[str, Component],
    settings: Settings,
    warned: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    playground = Playground(settings)
    known = fill({"model": ["sentiment"], "text": ["x"]}, fields, playground)
    assert known == {"model": "sentiment", "text": "x"}

    def unknown(*_: Any) -> Any:
        raise ModelError("There is no such model.", "Pick another.")

    monkeypatch.setattr(playground, "resolve", unknown)
    values = {"model": ["ada/large"], "text": ["x"], "starter": ["text=y+z&target=fr"]}
    filled = fill(values, fields, playground)
    assert filled == {"model": "auto", "text": "y z", "target": "fr"}
    assert "ada/large" in warned[0]


@pytest.mark.parametrize("text", [None, "", "7", "[]", '{"a": 1}', "[" * 9000])
def test_what_no_page_sends_fills_in_nothing(text: str | None) -> None:
    assert links._values(text) == {}


def test_what_a_link_says_is_shown_as_text(
    fields: dict[str, Component], settings: Settings, warned: list[str]
) -> None:
    html = '<a style="position:fixed" href="//elsewhere.example">Sign in</a>'
    fill({"top_k": [html], "model": [html]}, fields, Playground(settings))
    assert len(warned) == 2
    assert not any("<" in one for one in warned)


@pytest.mark.parametrize(
    ("text", "values"),
    [('{"a": []}', {}), ('{"a": [5]}', {}), (r'{"a": ["\ud800"]}', {"a": ["\ufffd"]})],
)
def test_odd_values_are_left_out_or_made_plain(text: str, values: dict[str, list[str]]) -> None:
    assert links._values(text) == values


def test_a_link_that_is_too_long_is_said_to_be() -> None:
    with pytest.raises(gr.Error, match="too long"):
        links._values(json.dumps({"text": ["a" * 20_000]}))


def test_examples_in_folders_have_their_folder_in_the_name(
    fields: dict[str, Component], settings: Settings
) -> None:
    with gr.Blocks():
        sound = gr.Audio()
    name = "digits/0_george_0.wav"
    filled = links.filled({"audio": [name]}, {"audio": sound}, CLASSIFICATION, Playground(settings))
    assert Path(filled[sound]) == ASSETS / "examples" / name


def test_options_that_a_link_does_not_name_go_back_to_their_start(
    settings: Settings, warned: list[str]
) -> None:
    with gr.Blocks() as page:
        text, top_k, seed = gr.Textbox(), gr.Slider(1, 10, 5, step=1), gr.Number(None)
        options = {"top_k": top_k, "seed": seed}
        run = gr.Button()
        links.wire("tab", {"text": text}, options, run, CLASSIFICATION, Playground(settings))
    [fill] = [one.fn for one in page.fns.values() if one.name == "fill"]
    assert fill('{"text": ["x"], "seed": ["3"]}', None) == {text: "x", top_k: 5, seed: 3}
    assert fill('{"top_k": ["7"]}', None) == {top_k: 7, seed: None}
    assert set(fill("{}", None)) == {text, top_k, seed}
