"""Clicks in lab 1's decoder column go on from the text they were drawn for."""

import re
from typing import Any

import numpy as np
import pytest

from components.labs.families import decoder
from components.labs.families.decoder import Decoder, Text
from components.output_state import Values
from pipelines.errors import InputError
from pipelines.labs.families.session import LabModel
from tests.labs.conftest import Open


@pytest.fixture
def lab(open_tiny: Open) -> LabModel:
    return LabModel(*open_tiny("gpt2"), "gpt2")


def _event(drawn: str, number: int = 0) -> dict[str, str]:
    return {
        "at": re.findall(r'data-at="([^"]+)"', drawn)[0],
        "take": re.findall(r'data-take="([^"]+)"', drawn)[number],
    }


def _values(column: Decoder, text: Text | str) -> Values:
    """What the column's components hold at first, with a text looked at or typed."""
    sliders = (column.layer, column.head, column.temperature, column.top_k, column.top_p)
    read = column.sentence if isinstance(text, str) else column.subject
    return {read: text, **{one: one.value for one in sliders}}


def _look(column: Decoder, lab: LabModel, text: str) -> tuple[Text, str]:
    shown = column.read(lab, _values(column, text)).figures
    return shown[column.subject], shown[column.bars]


def _take(column: Decoder, lab: LabModel, text: Text, event: dict[str, str]) -> Text:
    taken: Text = column.take(lab, _values(column, text), event).figures[column.subject]
    return taken


def _tree(column: Decoder, lab: LabModel, text: Text) -> str:
    drawn: str = column.further(lab, _values(column, text)).figures[column.branches]
    return drawn


def test_a_double_click_takes_one_token(lab: LabModel, column: Decoder) -> None:
    state, bars = _look(column, lab, "The lion sleeps")
    event = _event(bars)
    after = _take(column, lab, state, event)
    assert after == state.and_then(int(event["take"]))
    assert _take(column, lab, after, event) == after


def test_a_branch_of_the_tree_is_taken_whole(lab: LabModel, column: Decoder) -> None:
    state, _ = _look(column, lab, "The lion sleeps")
    event = _event(_tree(column, lab, state), 2)
    after = _take(column, lab, state, event)
    assert after == state.and_then(*(int(one) for one in event["take"].split(",")))


def test_a_sample_is_of_what_the_sliders_leave(lab: LabModel, column: Decoder) -> None:
    text, bars = _look(column, lab, "The lion sleeps")
    values = _values(column, text) | {column.top_k: 1}
    likeliest = int(_event(bars)["take"])
    for _ in range(3):
        assert column.sample(lab, values).figures[column.subject] == text.and_then(likeliest)


def test_undo_takes_away_what_was_taken_and_no_more(lab: LabModel, column: Decoder) -> None:
    text, _ = _look(column, lab, "The lion sleeps")
    shown = column.undo(lab, _values(column, text.and_then(5, 6))).figures
    assert shown[column.subject] == text.and_then(5)
    with pytest.raises(InputError, match="Nothing was taken"):
        column.undo(lab, _values(column, text))


def test_what_was_taken_is_told_apart_from_the_prompt(lab: LabModel, column: Decoder) -> None:
    text, bars = _look(column, lab, "The lion sleeps")
    event = _event(bars)
    drawn = column.take(lab, _values(column, text), event).figures[column.so_far]
    kinds = re.findall('<span class="(special|taken)">', drawn)
    assert kinds == ["special"] * text.given + ["taken"]


def test_the_heat_map_is_of_the_layer_and_head_that_are_set(
    lab: LabModel, column: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, _ = _look(column, lab, "The lion sleeps")
    drawn: list[tuple[Any, ...]] = []
    monkeypatch.setattr(decoder, "attention", lambda *given, causal: drawn.append((*given, causal)))
    column.attention(lab, _values(column, text) | {column.layer: 2, column.head: 1})
    ((weights, _, layer, head, causal),) = drawn
    assert np.array_equal(weights, decoder._state(lab, text).attention.weights[1, 0])
    assert (layer, head, causal) == (2, 1, True)


def test_a_click_on_what_was_drawn_for_another_text_is_refused(
    lab: LabModel, column: Decoder
) -> None:
    _, bars = _look(column, lab, "The lion sleeps")
    state, _ = _look(column, lab, "Seven apples")
    for event in (_event(bars), {"take": "1"}, {"take": "1", "at": "0-0"}):
        with pytest.raises(InputError):
            _take(column, lab, state, event)


def test_a_token_that_is_not_the_models_is_refused(lab: LabModel, column: Decoder) -> None:
    state, bars = _look(column, lab, "The lion sleeps")
    for take in ("999999999", "-1", "x", ""):
        with pytest.raises(InputError, match="no token"):
            _take(column, lab, state, _event(bars) | {"take": take})


def test_a_text_that_grows_too_long_keeps_the_token_it_begins_with(
    begins: tuple[Any, Any], column: Decoder
) -> None:
    lab = LabModel(*begins, "gemma3-text")
    state, _ = _look(column, lab, "The lion sleeps under an old tree. " * 20)
    looked = decoder._state(lab, state.and_then(5, 6))
    assert looked.reading.ids == (lab.tokenizer.bos_token_id, *state.ids[17:], 5, 6)


def test_what_was_read_ahead_of_a_text_that_is_forgotten_serves_no_shorter_one(
    lab: LabModel, column: Decoder
) -> None:
    state, _ = _look(column, lab, "The lion sleeps")
    text = state.and_then(7)
    _tree(column, lab, text)
    prefetched = lab.remembered(("prefetched", text.ids))
    del lab._made[text.ids]  # others' texts pushed it out
    longer = text.and_then(prefetched.ids[0])
    assert decoder._state(lab, longer).reading.ids == longer.ids


def test_a_click_reads_the_token_that_was_taken_and_not_the_text_again(
    lab: LabModel, column: Decoder
) -> None:
    state, bars = _look(column, lab, "The lion sleeps")
    read = []
    lab.model.register_forward_pre_hook(
        lambda model, args, given: read.append(given["input_ids"].shape[1]), with_kwargs=True
    )
    _take(column, lab, state, _event(bars))
    assert read == [1]
    tree = _tree(column, lab, state)
    read.clear()
    _take(column, lab, state, _event(tree, 2))
    assert read == [2]
    read.clear()
    _take(column, lab, state, _event(bars, 3))
    assert not read  # what follows each bar was read with the tree
