"""Figures that are drawn later are of the model and the sentence that were looked at."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from components.labs.families import figures
from components.labs.families.column import Column
from components.labs.families.figures import Shown, Subject
from components.output_state import Values
from components.runs import Runs
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.labs.families.session import LabModel, Worked, work
from pipelines.model_key import ModelKey

TEXT = "The lion sleeps under an old tree."


@pytest.fixture(scope="module")
def column(tiny: Playground) -> Column:
    with gr.Blocks():
        return Column(tiny, Runs(), "encoder", "Encoder-only", "Sees both sides.", ())


def _click(column: Column, name: str, subject: Any, quiet: bool = False) -> tuple[Any, Any]:
    """What a click on something in the column gives: a figure, and the line of status."""
    work = column.work(
        lambda lab, values: Shown({column.about: values[column.subject].sentence}),
        [column.about],
        quiet=quiet,
    )
    values = {column.model: name, column.controls.agreed: "", column.subject: subject}
    request: Any = SimpleNamespace(session_hash="ada")
    shown = column.last(work, values, request, None)
    return shown[column.about], shown.get(column.controls.status)


def _look(column: Column, name: str) -> None:
    looked = work(column.playground, column.family, name, lambda lab: lab.name)
    assert [e.value for e in looked if isinstance(e, Worked)] == [name]


def test_a_click_goes_on_with_what_was_looked_at(column: Column) -> None:
    subject = Subject("bert-encoder", TEXT)
    _look(column, "bert-encoder")
    assert _click(column, "bert-encoder", subject)[0] == TEXT
    column.playground.cache.close()  # it had to make room, and is loaded again
    assert _click(column, "bert-encoder", subject)[0] == TEXT


@pytest.mark.parametrize(
    ("subject", "told"), [(None, "no text yet"), (Subject("another", TEXT), "another model")]
)
def test_a_click_loads_no_model_that_was_not_looked_into(
    column: Column, subject: Subject | None, told: str
) -> None:
    column.playground.cache.close()
    figure, said = _click(column, "bert-encoder", subject)
    assert figure == ""
    assert told in said
    assert "Press Look inside" in said
    assert _click(column, "bert-encoder", subject, quiet=True) == ("", None)
    assert not column.playground.cache.loaded()


def test_a_model_in_memory_for_a_tab_is_not_open_for_the_column(column: Column) -> None:
    cache = column.playground.cache
    cache.close()
    lab = LabModel(None, None, "bert-encoder")
    with cache.use(ModelKey("bert-encoder"), "bert-encoder", 1, lambda: lab):
        assert not column.is_open("bert-encoder")
    _look(column, "bert-encoder")
    assert column.is_open("bert-encoder")
    cache.close()


def test_a_look_that_fails_leaves_nothing_to_click_on(column: Column) -> None:
    def fails(lab: LabModel, values: Values) -> Shown:
        raise InputError("The text is empty.")

    job = column.work(fails, [column.subject, column.about], fetches=True)
    values = {column.model: "bert-encoder", column.controls.agreed: ""}
    request: Any = SimpleNamespace(session_hash="ada")
    shown = column.last(job, values, request, None)
    assert (shown[column.subject], shown[column.about]) == (None, "")
    assert "The text is empty." in shown[column.controls.status]


def test_a_click_fetches_nothing(column: Column, monkeypatch: pytest.MonkeyPatch) -> None:
    column.playground.cache.close()
    monkeypatch.setattr(column.playground.store, "local", lambda entry: None)
    monkeypatch.setattr(column.playground.store, "get", lambda *args: pytest.fail("fetched"))
    said = _click(column, "bert-encoder", Subject("bert-encoder", TEXT))[1]
    assert "not on this machine any more" in said


def test_a_model_with_one_layer_and_one_head_has_sliders_that_can_be_made() -> None:
    update = figures.fitted(3, most=1)
    slider = gr.Slider(**{k: v for k, v in update.items() if k != "__type__"})
    assert (slider.value, slider.interactive) == (1, False)
    assert figures.at(slider.maximum, 1) == 0
