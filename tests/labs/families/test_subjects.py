"""Figures that are drawn later are of the model and the sentence that were looked at."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from components.labs.families import figures
from components.labs.families.column import Act, Column
from components.labs.families.figures import Shown, Subject
from pipelines import Playground
from pipelines.labs.families.session import Worked, work

TEXT = "The lion sleeps under an old tree."


@pytest.fixture(scope="module")
def column(tiny: Playground) -> Column:
    with gr.Blocks():
        return Column(tiny, "encoder", "Encoder-only", "Sees both sides.", ())


def _click(column: Column, name: str, subject: Any, quiet: bool = False) -> list[Any]:
    """The last of what a click on something in the column gives: a figure, the status, Stop."""
    act = Act(lambda lab, of: Shown([of.sentence]), [column.about], False, [column.about], quiet)
    request: Any = SimpleNamespace(session_hash="ada")
    *_, last = column.answer(act, request, None, name, "", subject)
    return last


def _look(column: Column, name: str) -> None:
    looked = work(column.playground, column.family, name, lambda lab: lab.name)
    assert [e.value for e in looked if isinstance(e, Worked)] == [name]


def test_a_click_goes_on_with_what_was_looked_at(column):
    subject = Subject("bert-encoder", TEXT)
    _look(column, "bert-encoder")
    assert _click(column, "bert-encoder", subject)[0] == TEXT
    column.playground.cache.close()  # it had to make room, and is loaded again
    assert _click(column, "bert-encoder", subject)[0] == TEXT


@pytest.mark.parametrize(
    ("subject", "told"), [(None, "no text yet"), (Subject("another", TEXT), "another model")]
)
def test_a_click_loads_no_model_that_was_not_looked_into(column, subject, told):
    column.playground.cache.close()
    figure, said, _, _ = _click(column, "bert-encoder", subject)
    assert figure == ""
    assert told in said
    assert "Press Look inside" in said
    assert _click(column, "bert-encoder", subject, quiet=True)[:2] == ["", gr.skip()]
    assert not column.playground.cache.loaded()


def test_a_click_fetches_nothing(column, monkeypatch):
    column.playground.cache.close()
    monkeypatch.setattr(column.playground.store, "local", lambda entry: None)
    monkeypatch.setattr(column.playground.store, "get", lambda *args: pytest.fail("fetched"))
    _, said, _, _ = _click(column, "bert-encoder", Subject("bert-encoder", TEXT))
    assert "not on this machine any more" in said


def test_a_model_with_one_layer_and_one_head_has_sliders_that_can_be_made():
    for update in figures.fitted(3, 5, (1, 1)):
        slider = gr.Slider(**{k: v for k, v in update.items() if k != "__type__"})
        assert (slider.value, slider.interactive) == (1, False)
        assert figures.at(slider.maximum, 1) == 0
