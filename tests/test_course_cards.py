"""The cards of the course's chapter: what they open is there, what they show is code."""

import ast
from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import gradio as gr
import pytest

from components import links
from components.course.cards import Card, sections
from components.course.page import CHAPTER_1
from components.examples import FOLDER as EXAMPLES
from components.labs import LABS
from components.page import build
from components.runs import Runs
from pipelines import Playground
from pipelines.inputs import Audio, Image
from pipelines.registry import task as find_task
from pipelines.settings import Settings

CARDS = [card for section in sections() for card in section.cards]
IN_TABS = [card for card in CARDS if "task" in card.open]


def by_id(card: Card) -> str:
    return card.id


def test_the_chapter_is_there_and_each_card_has_its_own_link() -> None:
    assert len(sections()) >= 7
    assert len(CARDS) >= 26
    assert max(Counter(card.id for card in CARDS).values()) == 1
    chapter = "https://huggingface.co/learn/llm-course/chapter1/"
    assert all(section.url.startswith(chapter) for section in sections())
    pages = [int(section.url.removeprefix(chapter).split("#")[0]) for section in sections()]
    assert pages == sorted(pages)
    (quiz,) = (section.url for section in sections() if "quiz" in section.title)
    assert quiz == f"{chapter}7"  # it was the tenth page before the course had one on inference


@pytest.mark.parametrize("card", CARDS, ids=by_id)
def test_a_card_says_what_it_shows_and_why_its_call_is_new(card: Card) -> None:
    assert card.shows.endswith(".")
    assert bool(card.code) == bool(card.changed)
    ast.parse(card.code)
    if "lab" in card.open:
        assert card.open["lab"] in {lab.id for lab in LABS}


@pytest.mark.parametrize("card", IN_TABS, ids=by_id)
def test_a_card_fills_in_inputs_and_options_that_its_task_has(card: Card) -> None:
    task = find_task(str(card.open["task"]))
    names = {p.name for p in task.inputs} | {p.name for p in task.options}
    for given in (card.open, {**card.open, **(card.starter or {})}):
        values = {k: v for k, v in given.items() if k not in ("task", "model")}
        assert set(values) <= names
        for parameter in task.inputs:
            if isinstance(parameter.spec, Image | Audio):
                values[parameter.name] = str(EXAMPLES / str(values[parameter.name]))
        inputs = {p.name: values[p.name] for p in task.inputs}
        options = {p.name: values[p.name] for p in task.options if p.name in values}
        task.read(inputs, options, Settings())


def test_a_link_says_all_that_the_card_opens() -> None:
    (card,) = (card for card in CARDS if card.id == "translation")
    query = parse_qs(urlsplit(card.link).query)
    assert query["task"] == ["translation"]
    assert query["source"] == ["fr"]
    assert parse_qs(query["starter"][0])["source"] == ["en"]


def test_the_starter_gets_no_second_text(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It compares none, and its box is hidden."""
    (card,) = (card for card in CARDS if card.id == "quiz-mnli")
    monkeypatch.setattr(gr, "Warning", lambda _, **__: None)
    with gr.Blocks():
        fields = {"model": gr.Dropdown(["auto"]), "text": gr.Textbox(), "text_pair": gr.Textbox()}
    offline = Playground(replace(settings, sources="bundled"))
    query = parse_qs(urlsplit(card.link).query)
    filled = links.filled(query, fields, find_task("text-classification"), offline)
    assert filled == {
        fields["model"]: "auto",
        fields["text"]: card.open["text"],
        fields["text_pair"]: "",
    }


def test_the_page_has_every_card_and_a_place_to_fill_in(settings: Settings) -> None:
    page = build(Playground(settings))
    with gr.Blocks() as chapter:
        CHAPTER_1.build(Playground(settings), Runs())
    shown = "".join(str(one.value) for one in chapter.blocks.values() if isinstance(one, gr.HTML))
    ids = {getattr(one, "elem_id", None) for one in page.blocks.values()}
    for card in CARDS:
        assert f"id='card-{card.id}'" in shown
        if "task" in card.open:
            assert f"make-{card.open['task']}" in ids
