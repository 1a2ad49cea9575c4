"""zero-shot-classification on its starter: right on clear cases, labels as they were typed."""

from typing import Any

import pytest

from pipelines import Playground
from pipelines.errors import InputError

TASK = "zero-shot-classification"
TOPICS = ["sport", "politics", "cooking", "technology", "travel", "music"]
CLEAR = [
    ("The match ended 2:1 after extra time.", "sport"),
    ("Parliament votes on the new law next week.", "politics"),
    ("Fry the onions in butter, then add the rice.", "cooking"),
    ("The new laptop has a faster processor.", "technology"),
    ("We flew to Lisbon and stayed in a small hotel.", "travel"),
    ("The orchestra played a symphony by Mahler.", "music"),
]


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The model is on this machine."""


def ask(
    playground: Playground, text: str, labels: object, **options: object
) -> list[dict[str, Any]]:
    inputs = {"text": text, "candidate_labels": labels}
    value: list[dict[str, Any]] = playground.run(TASK, inputs, options=options).value
    return value


@pytest.mark.parametrize(("text", "label"), CLEAR, ids=[label for _, label in CLEAR])
def test_a_clear_case_is_sorted_right(playground: Playground, text: str, label: str) -> None:
    assert ask(playground, text, TOPICS)[0]["label"] == label


def test_scores_sum_to_one_best_first(playground: Playground) -> None:
    scores = [one["score"] for one in ask(playground, CLEAR[0][0], TOPICS)]
    assert sum(scores) == pytest.approx(1, abs=1e-5)
    assert scores == sorted(scores, reverse=True)


def test_with_multi_label_each_score_stands_alone(playground: Playground) -> None:
    text = "The band's guitarist cooked pasta for the fans."
    alone = {
        label: ask(playground, text, [label], multi_label=True)[0]["score"]
        for label in ("music", "cooking", "politics")
    }
    together = ask(playground, text, list(alone), multi_label=True)
    assert {o["label"]: o["score"] for o in together} == pytest.approx(alone, abs=1e-4)
    assert alone["politics"] < min(alone["music"], alone["cooking"])


def test_labels_with_commas_come_back_as_they_went(playground: Playground) -> None:
    labels = ["food, drink", "sport, games"]
    answer = ask(playground, "We had soup and wine.", labels)
    assert [one["label"] for one in answer] == labels


def test_the_template_changes_what_is_claimed(playground: Playground) -> None:
    text, labels = CLEAR[0][0], TOPICS[:2]
    plain = ask(playground, text, labels)
    other = ask(playground, text, labels, hypothesis_template="{} bores me.")
    assert plain[0]["score"] != other[0]["score"]


def test_a_template_without_a_place_for_the_label_is_refused(playground: Playground) -> None:
    with pytest.raises(InputError, match=r"hypothesis_template has no \{\}"):
        ask(playground, "a", ["b"], hypothesis_template="This is it.")


def test_a_hundred_labels_work(playground: Playground) -> None:
    labels = [f"topic number {n}" for n in range(99)] + ["sport"]
    answer = ask(playground, CLEAR[0][0], labels)
    assert len(answer) == 100
    assert answer[0]["label"] == "sport"


def test_a_model_with_two_labels_weighs_one_against_the_other(tiny: Playground) -> None:
    import transformers

    name, text = "bert-two-label-nli", "the lion sleeps"
    pipe = transformers.pipeline(
        "zero-shot-classification", model=str(tiny.store.local(tiny.catalogue[name])), device="cpu"
    )
    theirs = pipe(text, ["tree"], hypothesis_template="This text is about {}.")["scores"][0]
    inputs = {"text": text, "candidate_labels": ["tree"]}
    ours = tiny.run("zero-shot-classification", inputs, name).value[0]["score"]
    assert ours == pytest.approx(theirs, abs=1e-5)
    assert ours != pytest.approx(0.5, abs=1e-9)
