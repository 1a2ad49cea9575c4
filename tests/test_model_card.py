"""What the page shows of a picked model: facts, examples of its card, options that it uses."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import gradio as gr
import pytest
from markupsafe import Markup

from components import model_card, picker
from components.markup import DOT
from components.runs import Runs
from components.tab import TaskTab
from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.registry import task as find_task
from pipelines.registry import tasks
from pipelines.settings import Settings
from pipelines.text.text_classification import compares_texts
from tests.hub import Hub
from tests.store.hub_models import FILES
from tests.test_tab import built

CLASSIFY = find_task("text-classification")
NLI = FILES | {"config.json": b'{"model_type": "bert", "id2label": {"0": "ENTAILMENT"}}'}
WIDGET = [
    {"text": "<img src=x onerror=alert(1)>", "example_title": "<b>Title</b>"},
    {"text": "a long one, " * 40},
    {"src": "https://example.com/a.png"},
]


@pytest.fixture
def online(only_hub: Hub, settings: Settings) -> Playground:
    """A playground that reaches a Hub with two models."""
    languages = ("en", "fr")
    card = {"widget": WIDGET}
    only_hub.publish("ada/nli", NLI, license="mit", languages=languages, card=card)
    only_hub.publish("ada/one", FILES, license=None)
    return Playground(settings)


class Shown:
    """The tab's events on a page of its own."""

    def __init__(self, task_id: str, playground: Playground) -> None:
        task = tasks()[task_id]
        with gr.Blocks() as page:
            tab = import_module(f"components.{task.modality}.{task.name}").TAB
            self.tab = TaskTab(tab, playground, Runs())
        named = {one.name: one.fn for one in page.fns.values()}
        self.tell: Callable[..., Any] = named["tell"]
        [self.fill] = [
            one.fn
            for one in page.fns.values()
            if one.name == "fill" and self.tab.card_examples in one.inputs
        ]


def test_a_model_outside_the_catalogue_is_described_as_one_inside(online: Playground) -> None:
    line = picker.describe("ada/nli", CLASSIFY, online)
    assert DOT.join([Markup("<b>ada/nli</b>"), "mit", "0 MB", "en, fr"]) in line
    assert 'href="https://huggingface.co/ada/nli"' in line
    assert 'href="https://huggingface.co/tasks/text-classification"' in line
    assert "none stated on its card" in picker.describe("ada/one", CLASSIFY, online)


def test_of_a_model_that_is_here_the_disk_tells_the_size(
    online: Playground, only_hub: Hub, settings: Settings
) -> None:
    entry = online.resolve(CLASSIFY, "ada/nli")
    folder = online.store.get(entry)
    only_hub.stop()
    later = Playground(settings)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert later.store.described(entry).size_bytes == size
    assert "see its card" in picker.describe("ada/nli", CLASSIFY, later)


def test_examples_of_its_card_are_offered_as_text_and_fill_in_the_boxes(
    online: Playground,
) -> None:
    shown = Shown("text-classification", online)
    dataset = shown.tell("ada/nli", None)[shown.tab.card_examples]
    title, long = dataset.sample_labels
    assert title == "<b>Title</b>"
    assert len(long) == model_card.LONGEST_LABEL
    assert dataset.visible
    box = shown.tab.inputs["text"]
    assert shown.fill(0, "ada/nli", None) == {box: WIDGET[0]["text"]}
    assert shown.fill(1, "ada/nli", None) == {box: WIDGET[1]["text"].strip()}
    with pytest.raises(gr.Error, match="other examples"):
        shown.fill(2, "ada/nli", None)


@pytest.mark.parametrize("name", ["auto", "sentiment", "ada/one", "ada/none", "no model"])
def test_without_examples_none_are_shown(online: Playground, name: str) -> None:
    shown = Shown("text-classification", online)
    assert not shown.tell(name, None)[shown.tab.card_examples].visible


@pytest.mark.parametrize("web_files", [True, False])
def test_a_file_of_a_card_is_fetched_when_it_is_asked_for(
    only_hub: Hub, web_files: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_hub.publish("ada/vit", FILES, card={"widget": WIDGET})
    shown = Shown("image-classification", Playground(Settings(web_files=web_files)))
    dataset = shown.tell("ada/vit", None)[shown.tab.card_examples]
    assert dataset.visible == web_files
    if web_files:
        asked = []

        def kept(spec: object, address: str, *_: object) -> str:
            asked.append(address)
            return "a.png"

        monkeypatch.setattr(model_card, "kept", kept)
        assert shown.fill(0, "ada/vit", None) == {shown.tab.inputs["image"]: "a.png"}
        assert asked == ["https://example.com/a.png"]


def test_the_second_text_is_shown_for_models_that_compare_two(online: Playground) -> None:
    shown = Shown("text-classification", online)
    pair = shown.tab.options["text_pair"]
    assert not pair.visible
    assert shown.tell("ada/nli", None)[pair] == gr.update(visible=True)
    hidden = gr.update(visible=False, value=None)
    assert shown.tell("ada/one", None)[pair] == hidden
    assert shown.tell("auto", None)[pair] == hidden
    online.store.get(online.resolve(CLASSIFY, "ada/nli"))
    assert shown.tell("ada/nli", None)[pair] == gr.update(visible=True)


@pytest.mark.parametrize(
    ("config", "compares"),
    [
        ({"id2label": {"0": "contradiction", "1": "neutral", "2": "entailment"}}, True),
        ({"id2label": {"0": "not_duplicate", "1": "duplicate"}}, True),
        ({"id2label": {"0": "LABEL_0"}, "finetuning_task": "MRPC"}, True),
        ({"id2label": {"0": "LABEL_0"}, "sentence_transformers": {"version": "4"}}, True),
        ({"id2label": {"0": "NEGATIVE", "1": "POSITIVE"}, "finetuning_task": "sst-2"}, False),
        ({"id2label": ["entailment"]}, False),
        ({}, False),
    ],
)
def test_a_config_tells_whether_two_texts_are_compared(
    config: dict[str, Any], compares: bool
) -> None:
    assert compares_texts(config) == compares


@pytest.mark.parametrize(
    ("task_id", "beside"),
    [
        ("translation", ["source", "target"]),
        ("text-classification", ["text_pair"]),
        ("summarization", []),
    ],
)
def test_options_in_view_stand_outside_of_the_accordion(
    task_id: str, beside: list[str], settings: Settings
) -> None:
    tab, _ = built(task_id, settings)

    def folded(widget: Any) -> bool:
        parent = widget.parent
        return parent is not None and (isinstance(parent, gr.Accordion) or folded(parent))

    assert [name for name, one in tab.options.items() if not folded(one)] == beside


def test_an_entry_whose_size_was_computed_says_about() -> None:
    facts: dict[str, Any] = {"engine": "x", "licence": "", "memory_bytes": 1, "tasks": ()}
    facts |= {"languages": (), "good_at": "", "bad_at": "", "size_bytes": 433_300_000}
    assert Entry("a", "A", **facts).size == "433 MB"
    assert Entry("a", "A", **facts, size_computed=True).size == "about 433 MB"
    assert Entry("a", "A", **facts | {"size_bytes": 0}).size == ""
