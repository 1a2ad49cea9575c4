"""What the page of lab 2 says of a run, read from its HTML."""

from dataclasses import replace

from components.labs.training_after import cards
from components.labs.training_setup import SIZES, cost_of, preview
from components.labs.training_watch import state
from pipelines.labs import train
from pipelines.labs.recipe import Recipe
from pipelines.labs.runs import Run

DONE = Run("a", "u", "done", 1)


def test_a_run_without_tuning_does_not_claim_a_second_phase():
    assert "Both phases are through" in state(DONE, [], Recipe())
    told = state(DONE, [], replace(Recipe(), tuning_steps=0))
    assert "Both" not in told
    assert "phase 2 was left out" in told


def test_a_stage_that_does_not_exist_is_said_to_be_not_trained():
    shown = cards({"random": "x"}, {}, "Where?", there=("random", "pretrained"))
    assert shown.count("not trained yet") == 1
    assert shown.count("…") == 1


def test_a_size_box_that_was_cleared_is_told_as_a_sentence():
    values = [getattr(Recipe(), name) for name, *_ in SIZES]
    assert "Parameters" in cost_of(values, public=False)
    assert "A size is missing." in cost_of([None, *values[1:]], public=False)


def test_instructions_that_are_too_long_are_counted_on_the_page_and_in_the_terminal():
    event = {"event": "left_out", "instructions": 3, "why": "too long"}
    assert "3 too long, left out" in state(DONE, [event], Recipe())
    assert train._line(event) == "3 instructions too long, left out"


def test_a_question_given_twice_is_counted_once_on_the_page():
    lines = "\n".join(f'{{"instruction": "{n}?", "answer": "b"}}' for n in range(20))
    assert "Instructions: 20, every" in preview(None, lines)
    assert "Instructions: 20 (40 more ask the same again" in preview(None, "\n".join([lines] * 3))
