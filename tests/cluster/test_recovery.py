"""A run whose replica is lost: what another one is asked, and what the user sees."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cluster.recovery import BEGAN_AGAIN, WENT_ON, Recovery
from pipelines.outputs import Speech
from pipelines.playground import Answer, Facts
from pipelines.run import Request

FACTS = Facts("a", "A", "toy", 0.0, 1.0, 1, tokens=2)
QUESTION = [{"role": "user", "content": "Why?"}]


def chat(prompt: Any = "Why?", **options: Any) -> Recovery:
    asked = Request("text-generation", {"prompt": prompt}, {"max_new_tokens": 10, **options})
    return Recovery(asked, 100)


def text(words: str) -> Answer:
    return Answer({"generated_text": words})


def test_what_had_shown_nothing_is_asked_again_unseen() -> None:
    recovery = chat()
    first = recovery.request
    recovery.lost()
    assert recovery.request == first
    assert recovery.shows(replace(text("So."), facts=FACTS), 2) == replace(text("So."), facts=FACTS)


@pytest.mark.parametrize("prompt", ["Why?", QUESTION])
def test_a_chat_goes_on_from_what_was_shown(prompt: Any) -> None:
    recovery = chat(prompt)
    recovery.shows(text(" Be"), 1)
    recovery.shows(text(" Because"), 4)
    recovery.lost()
    begun = [*QUESTION, {"role": "assistant", "content": " Because"}]
    assert recovery.request.inputs == {"prompt": begun}
    assert recovery.request.options["max_new_tokens"] == 6
    last = recovery.shows(replace(text(" of that."), facts=FACTS), 2)
    assert last
    assert last.value == {"generated_text": " Because of that."}
    assert last.notes == (WENT_ON,)
    assert last.facts
    assert last.facts.tokens == 6


def test_a_second_loss_goes_on_from_all_that_was_shown() -> None:
    recovery = chat()
    recovery.shows(text("one"), 1)
    recovery.lost()
    recovery.shows(text(" two"), 1)
    recovery.lost()
    assert recovery.request.inputs["prompt"][-1]["content"] == "one two"
    assert recovery.request.options["max_new_tokens"] == 8


def test_an_answer_that_went_on_already_goes_on_in_the_same_message() -> None:
    recovery = chat([*QUESTION, {"role": "assistant", "content": "Because"}])
    recovery.shows(text(" of"), 1)
    recovery.lost()
    assert recovery.request.inputs["prompt"][1:] == [{"role": "assistant", "content": "Because of"}]


def test_the_very_text_goes_on() -> None:
    recovery = chat("Once", mode="continue")
    recovery.shows(text(" upon"), 1)
    recovery.lost()
    assert recovery.request.inputs == {"prompt": "Once upon"}


@pytest.mark.parametrize(
    ("prompt", "options", "value"),
    [
        ("Why?", {"json_schema": {"type": "object"}}, {"generated_text": "{"}),
        ("Why?", {"top_logprobs": 1}, {"generated_text": "a", "logprobs": []}),
        ("Why?", {"num_return_sequences": 2}, [{"generated_text": "a"}]),
        (["Why?", "How?"], {}, [{"generated_text": "a"}]),
        ("x" * 100, {"mode": "continue"}, {"generated_text": "a"}),
    ],
)
def test_what_cannot_go_on_begins_again_with_the_same_seed(
    prompt: Any, options: dict[str, Any], value: Any
) -> None:
    recovery = chat(prompt, **options)
    recovery.shows(Answer(value), 1)
    recovery.lost()
    assert recovery.note == BEGAN_AGAIN
    assert recovery.request.inputs == {"prompt": prompt}
    assert recovery.request.options["seed"] is not None


@pytest.mark.parametrize(
    "grows",
    [
        lambda much: {"translation_text": "x" * much},
        lambda much: Speech(np.zeros(much, np.int16), 16_000),
        lambda much: [{"translation_text": "x" * much}],
    ],
)
def test_what_begins_again_stays_hidden_until_it_is_longer(grows: Any) -> None:
    recovery = Recovery(Request("translation", {"text": "Good day"}), 100)
    recovery.shows(Answer(grows(5)), None)
    recovery.lost()
    assert [recovery.shows(Answer(grows(much)), None) is None for much in (1, 5, 6)] == [
        *(True, True),
        False,
    ]
    last = recovery.shows(Answer(grows(3), FACTS), None)  # the whole answer is shown as it is
    assert last
    assert last.notes == (BEGAN_AGAIN,)


def test_what_can_go_on_is_drawn_without_a_seed() -> None:
    assert "seed" not in chat().request.options
    assert "seed" not in chat("Once", mode="continue").request.options


def test_a_seed_that_was_given_stays() -> None:
    assert chat(seed=7).request.options["seed"] == 7


@pytest.mark.parametrize("prompt", [[], [{"role": "assistant"}], [{"role": "user"}]])
def test_what_is_no_conversation_is_for_the_replica_to_refuse(prompt: Any) -> None:
    assert chat(prompt).request.inputs == {"prompt": prompt}
