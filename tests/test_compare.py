"""The second model's column: it answers what the first was asked, and says where they differ."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from components.compare import SecondModel, costs, other_model
from components.output_state import Values
from components.record import Record
from components.results import LabelBars
from components.runner import Visit
from components.runs import Runs
from pipelines import Playground
from pipelines.folders import ASSETS
from pipelines.outputs import Speech
from pipelines.playground import Answer, Facts
from pipelines.registry import task, tasks
from pipelines.settings import Settings
from pipelines.store import hub
from tests.course import COURSE

ADA: Any = SimpleNamespace(session_hash="ada")
TASK = task("text-classification")


def facts(name: str, seconds: float, memory: int = 100_000_000) -> Facts:
    return Facts(name, name.capitalize(), "tiny", 0.0, seconds, memory)


CAT = [{"label": "cat", "score": 0.9}, {"label": "dog", "score": 0.1}]
DOG = [{"label": "dog", "score": 0.6}, {"label": "cat", "score": 0.4}]
FACTS = facts("one", 1)
FIRST = Record({"text": "Meow."}, {"text": "Meow."}, {"top_k": 5}, "auto", CAT, facts("one", 1))


class Column:
    """A second column whose model says dog."""

    def __init__(self, settings: Settings) -> None:
        self.asked: list[tuple[Any, Any, str]] = []
        with gr.Blocks():
            self.record = gr.State(None)
            self.column = SecondModel(
                TASK, Playground(settings), Runs(), LabelBars(), self.ask, self.record, "auto"
            )
            self.column.wire()

    def ask(
        self, inputs: Mapping[str, Any], options: Mapping[str, Any], visit: Visit
    ) -> Iterator[Answer]:
        self.asked.append((inputs, options, visit.model))
        yield Answer(DOG, facts("two", 2.5))

    def values(self, record: Record | None) -> Values:
        controls = self.column.controls
        return {self.record: record, controls.model: "sentiment", controls.agreed: ""}


@pytest.fixture
def column(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Column:
    made = Column(settings)
    monkeypatch.setattr(made.column.playground, "large_download", lambda *_: None)
    return made


def test_it_is_asked_what_the_first_was_and_says_where_they_differ(column: Column) -> None:
    *_, last = column.column._follow(ADA, None, column.values(FIRST))
    assert column.asked == [({"text": "Meow."}, {"top_k": 5}, "sentiment")]
    assert last[column.column.shown[0]] == {"dog": 0.6, "cat": 0.4}
    told = last[column.column.differences]
    assert "The first says cat, the second dog" in told
    assert "One ran 1.00 s, Two 2.50 s. Together they take 200 MB of memory" in told
    assert last[column.column.second].value == DOG
    assert "<b>Two</b>" in last[column.column.controls.status]


def test_it_is_not_asked_for_the_voice_of_another_model(column: Column) -> None:
    column.column.task = task("text-to-speech")
    first = replace(FIRST, options={"length_scale": 2.0, "voice": "bf_emma"})
    values = {**column.values(first), column.column.controls.model: "piper-en-us-joe"}
    list(column.column._follow(ADA, None, values))
    [(_, options, _)] = column.asked
    assert options == {"length_scale": 2.0, "voice": None}


LABELS = [{"label": "a", "score": 1.0}]
TEXT: dict[str, Any] = {"text": "Ada was in Paris."}
PICTURE = {"image": {"path": str(ASSETS / "examples/cat.jpg")}}
ASKED = [{"role": "user", "content": [{"type": "text", "text": "Who?"}]}]
BOX = {"xmin": 0, "ymin": 0, "xmax": 9, "ymax": 9}
PLACE = {"start": 0, "end": 3, "score": 0.9}
# What each task's second model answers, and to which inputs and options.
ANSWERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "text-generation": ([{"generated_text": "Ada."}] * 2, {"prompt": ASKED, "mode": "chat"}),
    "text-classification": (LABELS, TEXT),
    "summarization": ({"summary_text": "Ada."}, TEXT),
    "translation": ({"translation_text": "Ada."}, TEXT),
    "zero-shot-classification": (LABELS, TEXT),
    "feature-extraction": ([0.5, 1.0], {**TEXT, "pooling": "mean"}),
    "fill-mask": ([{"token_str": "a", "score": 1.0, "sequence": "a"}], {"text": "___"}),
    "token-classification": ([{"entity_group": "PER", "word": "Ada", **PLACE}], TEXT),
    "question-answering": ({"answer": "Ada", **PLACE}, {"context": "Ada."}),
    "image-classification": (LABELS, PICTURE),
    "object-detection": ([{**LABELS[0], "box": BOX}], {**PICTURE, "threshold": 0.5}),
    "image-to-text": ({"generated_text": "a cat"}, PICTURE),
    "automatic-speech-recognition": (
        {"text": "Hut.", "chunks": [{"text": "Hut.", "timestamp": [0.0, 1.0]}]},
        {"audio": {"path": str(ASSETS / "examples/weather.mp3")}},
    ),
    "audio-classification": (LABELS, {}),
    "text-to-speech": (Speech(np.zeros(100, np.int16), 100), TEXT),
    "image-text-to-text": ({"generated_text": "a cat"}, {**PICTURE, "text": ASKED}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(COURSE))
def test_every_task_has_a_second_column(
    name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, (value, given) = tasks()[name], ANSWERS[name]
    view = import_module(f"components.{known.modality}.{known.name}").TAB.view()
    playground = Playground(settings)
    monkeypatch.setattr(playground, "large_download", lambda *_: None)
    with gr.Blocks():
        view.build()
        last = gr.State(None)
        column = SecondModel(
            known, playground, Runs(), view, lambda *_: iter([Answer(value, FACTS)]), last, "auto"
        )
        column.wire()
    first = Record(given, {}, given, "auto", view.kept(value), FACTS)
    controls = column.controls
    *_, shown = column._follow(ADA, None, {last: first, controls.model: "x", controls.agreed: ""})
    assert 'class="done"' in shown[controls.status]
    assert "<p>" in shown[column.differences]
    assert any(shown.get(one) for one in column.shown)


def test_after_a_first_run_without_answer_it_stays_quiet(column: Column) -> None:
    shown = list(column.column._follow(ADA, None, column.values(None)))
    assert column.asked == []
    assert shown == [{column.column.controls.status: gr.skip()}]


def test_its_own_button_without_a_first_answer_says_what_to_do(column: Column) -> None:
    *_, last = column.column._run(ADA, None, column.values(None))
    assert column.asked == []
    assert "There is no first answer yet." in last[column.column.controls.status]


def test_both_models_beyond_the_budget_are_told_to_make_room() -> None:
    second = Record({}, {}, {}, "two", DOG, facts("two", 2, 3_000_000_000))
    assert "so each makes room for the other" in costs(FIRST, second, 3_050_000_000)
    assert "of the budget" in costs(FIRST, second, 4_000_000_000)
    same = Record({}, {}, {}, "one", CAT, facts("one", 2))
    assert costs(FIRST, same, 4_000_000_000) == "One answered both times: 1.00 s, 2.00 s."


def test_it_begins_with_another_model_that_is_here(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    playground = Playground(settings)
    first = playground.resolve(TASK, "auto").name
    others = [one.name for one in playground.catalogue.for_task(TASK.id) if one.name != first]
    here = {others[-1]: "cached"}
    monkeypatch.setattr(playground, "state", lambda one: here.get(one.name, "unreachable"))
    assert other_model(TASK, playground, "auto") == others[-1]
    here.clear()
    assert other_model(TASK, playground, "auto") == "auto"


def test_it_begins_with_no_model_that_cannot_be_fetched(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    playground = Playground(settings)
    first = playground.resolve(TASK, "auto").name
    here = {first: "cached"}  # whether the Hub is in reach nobody knows before it is asked
    monkeypatch.setattr(playground, "state", lambda one: here.get(one.name, "downloadable"))
    monkeypatch.setattr(hub, "reachable", lambda: False)
    assert other_model(TASK, playground, "auto") == "auto"
    monkeypatch.setattr(playground, "cost", lambda one: None)
    assert other_model(TASK, playground, "auto") not in {first, "auto"}
