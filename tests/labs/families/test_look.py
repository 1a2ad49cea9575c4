"""All columns look at once; one that has to wait goes on by itself and keeps none waiting."""

import threading
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from components import picker
from components.labs.families import look
from components.labs.families.column import Column
from components.labs.families.figures import Shown
from components.labs.families.look import Look, together
from components.output_state import Values
from components.runs import Runs
from components.translations import LANGUAGE
from pipelines import Playground
from pipelines.labs.families.attention import Family
from pipelines.labs.families.session import LabModel, work

NAMES: dict[Family, str] = {"encoder": "bert-encoder", "decoder": "gpt2"}
PATIENCE = 60  # seconds


class Page:
    """Two columns that show what they read, with the figure, and the slow one when it may."""

    def __init__(self, tiny: Playground) -> None:
        self.tiny = tiny
        self.may = threading.Event()
        self.may.set()
        self.read: list[str] = []
        self.languages: set[str] = set()
        self.runs = Runs()
        with gr.Blocks() as self.blocks:
            self.sentence, button = gr.Textbox(), gr.Button()
            columns = [Column(tiny, self.runs, family, family, "", ()) for family in NAMES]
            self.figures = [gr.HTML(), gr.HTML()]
            self.looks = [
                Look(column, do, {self.sentence}, [figure])
                for column, do, figure in zip(
                    columns, (self.quick, self.slow), self.figures, strict=True
                )
            ]
            self.after = [gr.HTML(), gr.HTML()]
            for one, figure in zip(self.looks, self.after, strict=True):
                one.then(self.quick, set(), [figure])
            together(self.looks, [button.click], self.sentence)

    def quick(self, lab: LabModel, values: Values) -> Shown:
        self.read.append(values[self.sentence])
        self.languages.add(LANGUAGE.get())
        return Shown({self.figures[0]: f"quick {values[self.sentence]}"})

    def slow(self, lab: LabModel, values: Values) -> Shown:
        assert self.may.wait(PATIENCE)
        return Shown({self.figures[1]: f"slow {values[self.sentence]}"})

    def open(self) -> None:
        for family, name in NAMES.items():
            list(work(self.tiny, family, name, lambda lab: lab.name))

    def do(self, event: str) -> list[tuple[Any, Any]]:
        """The figure of each column, and when it began to wait."""
        shown = self.shown(event)
        return [
            (shown.get(figure), shown.get(one.waits))
            for one, figure in zip(self.looks, self.figures, strict=True)
        ]

    def shown(self, event: str) -> Values:
        fn = next(one.fn for one in self.blocks.fns.values() if one.name == event)
        values: Values = {self.sentence: "hello"}
        for one, name in zip(self.looks, NAMES.values(), strict=True):
            values |= {one.column.model: name, one.column.controls.agreed: ""}
        return fn(SimpleNamespace(session_hash="ada"), None, values) or {}


@pytest.fixture
def page(tiny: Playground) -> Page:
    return Page(tiny)


def test_columns_with_models_in_memory_are_shown_together(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.open()
    monkeypatch.setattr(look, "SOON", PATIENCE)
    before = LANGUAGE.set("de")
    try:
        assert page.do("at_once") == [("quick hello", None), ("slow hello", None)]
    finally:
        LANGUAGE.reset(before)
    assert page.languages == {"de"}  # each in the visitor's language


def test_a_look_is_told_in_the_visitors_language(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.open()
    monkeypatch.setattr(look, "SOON", PATIENCE)
    task = page.looks[0].column.task
    english = picker.describe("bert-encoder", task, page.tiny)
    token = LANGUAGE.set("fr")
    try:
        shown = page.shown("at_once")
        french = picker.describe("bert-encoder", task, page.tiny)
    finally:
        LANGUAGE.reset(token)
    assert french != english
    assert shown[page.looks[0].column.about] == french


def test_what_comes_after_a_look_comes_after_each_way_of_looking(page: Page) -> None:
    for figure in page.after:  # at once, and in the queue
        assert [figure in fn.outputs for fn in page.blocks.fns.values()].count(True) == 2


def test_a_column_that_takes_its_time_goes_on_by_itself(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.open()
    page.may.clear()
    monkeypatch.setattr(look, "SOON", 3.0)  # for the quick one, on a busy machine
    (figure, waits), (none, began) = page.do("at_once")
    page.may.set()
    assert (figure, waits, none) == ("quick hello", None, "")
    assert began > 0


def test_a_model_that_is_not_in_memory_is_waited_for_elsewhere(page: Page) -> None:
    page.tiny.cache.close()
    assert [figure for figure, _ in page.do("at_once")] == ["", ""]
    assert not page.tiny.cache.loaded()


def test_a_sentence_is_read_ahead_by_models_in_memory_alone(page: Page) -> None:
    page.tiny.cache.close()
    page.do("read")
    assert page.read == []
    assert not page.tiny.cache.loaded()
    page.open()
    page.do("read")
    assert page.read == ["hello"]


def test_a_closed_page_ends_a_look_and_a_prefetch(page: Page) -> None:
    page.open()
    page.may.clear()
    slow = page.looks[1]
    values = {slow.column.model: "gpt2", slow.column.controls.agreed: "", page.sentence: "hello"}
    request: Any = SimpleNamespace(session_hash="ada")
    shown = slow.in_queue(request, None, values)
    next(shown)
    prefetching = threading.Thread(target=slow.prefetch, args=(request, None, values), daemon=True)
    prefetching.start()
    while not page.runs.busy("ada", "prefetch decoder"):
        assert prefetching.is_alive()
    page.runs.stop("ada")
    *_, last = shown
    assert "Stopped" in last[slow.column.controls.status]
    prefetching.join(PATIENCE)
    assert not prefetching.is_alive()
    page.may.set()
