"""Clicks in lab 1's decoder column go on from the text they were drawn for."""

import re

import pytest

from components.labs.families import decoder
from pipelines.errors import InputError
from pipelines.labs.families.session import LabModel


@pytest.fixture
def lab(open_tiny):
    return LabModel(*open_tiny("gpt2"), "gpt2")


def _event(drawn: str, number: int = 0) -> dict[str, str]:
    return {
        "at": re.findall(r'data-at="([^"]+)"', drawn)[0],
        "take": re.findall(r'data-take="([^"]+)"', drawn)[number],
    }


def _look(lab: LabModel, text: str):
    out = decoder._look(lab, text, 1, 1, 1.0, 0, 1.0).outputs
    return out[2], out[5]


def test_a_double_click_takes_one_token(lab):
    state, bars = _look(lab, "The lion sleeps")
    event = _event(bars)
    after = decoder._take(lab, state, event, 1, 1, 1.0, 0, 1.0).outputs[0]
    assert after == state.and_then(int(event["take"]))
    again = decoder._take(lab, after, event, 1, 1, 1.0, 0, 1.0).outputs[0]
    assert again == after


def test_a_branch_of_the_tree_is_taken_whole(lab):
    state, _ = _look(lab, "The lion sleeps")
    tree = decoder._further(lab, state).outputs[0]
    event = _event(tree, 2)
    after = decoder._take(lab, state, event, 1, 1, 1.0, 0, 1.0).outputs[0]
    assert after == state.and_then(*(int(one) for one in event["take"].split(",")))


def test_a_click_on_what_was_drawn_for_another_text_is_refused(lab):
    _, bars = _look(lab, "The lion sleeps")
    state, _ = _look(lab, "Seven apples")
    for event in (_event(bars), {"take": "1"}, {"take": "1", "at": "0-0"}):
        with pytest.raises(InputError):
            decoder._take(lab, state, event, 1, 1, 1.0, 0, 1.0)


def test_a_token_that_is_not_the_models_is_refused(lab):
    state, bars = _look(lab, "The lion sleeps")
    for take in ("999999999", "-1", "x", ""):
        with pytest.raises(InputError, match="no token"):
            decoder._take(lab, state, _event(bars) | {"take": take}, 1, 1, 1.0, 0, 1.0)


def test_a_text_that_grows_too_long_keeps_the_token_it_begins_with(begins):
    lab = LabModel(*begins, "gemma3-text")
    state, _ = _look(lab, "The lion sleeps under an old tree. " * 20)
    looked = decoder._state(lab, state.and_then(5, 6))
    assert looked.reading.ids == (lab.tokenizer.bos_token_id, *state.ids[17:], 5, 6)


def test_what_was_read_ahead_of_a_text_that_is_forgotten_serves_no_shorter_one(lab):
    state, _ = _look(lab, "The lion sleeps")
    text = state.and_then(7)
    decoder._further(lab, text)
    ahead = lab.remembered(("ahead", text.ids))
    del lab._made[text.ids]  # others' texts pushed it out
    longer = text.and_then(ahead.ids[0])
    assert decoder._state(lab, longer).reading.ids == longer.ids


def test_a_click_reads_the_token_that_was_taken_and_not_the_text_again(lab):
    state, bars = _look(lab, "The lion sleeps")
    read = []
    lab.model.register_forward_pre_hook(
        lambda model, args, given: read.append(given["input_ids"].shape[1]), with_kwargs=True
    )
    decoder._take(lab, state, _event(bars), 1, 1, 1.0, 0, 1.0)
    assert read == [1]
    tree = decoder._further(lab, state).outputs[0]
    read.clear()
    decoder._take(lab, state, _event(tree, 2), 1, 1, 1.0, 0, 1.0)
    assert read == [2]
    read.clear()
    decoder._take(lab, state, _event(bars, 3), 1, 1, 1.0, 0, 1.0)
    assert not read  # what follows each bar was read with the tree
