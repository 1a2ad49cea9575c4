"""Which words decided: the score without each of them."""

import pytest

from pipelines import Playground
from pipelines.outputs import LabelScore
from pipelines.playground import Answer
from pipelines.run import Request
from pipelines.text.decisive_words import influence, without, words_of


def texts(text: str, most: int = 100) -> list[str]:
    return [text[slice(*word)] for word in words_of(text, most)]


def test_words_are_what_stands_between_spaces_or_a_sign_of_a_script_without_them() -> None:
    assert texts(" Not bad,\n at all! ") == ["Not", "bad,", "at", "all!"]
    assert texts("猫が好き ok") == ["猫", "が", "好", "き", "ok"]
    assert texts("") == []


def test_of_many_words_neighbours_are_taken_together() -> None:
    assert texts("a b c d e", 2) == ["a b c", "d e"]
    assert texts("a b c d e", 5) == ["a", "b", "c", "d", "e"]


def test_a_word_goes_with_the_space_behind_it() -> None:
    text = "I love it."
    assert [without(text, word) for word in words_of(text, 9)] == ["love it.", "I it.", "I love"]


def test_a_word_weighs_what_the_score_falls_by_without_it() -> None:
    def scores(good: float) -> list[LabelScore]:
        return [{"label": "GOOD", "score": good}, {"label": "BAD", "score": 1 - good}]

    found = influence(scores(0.75), [scores(0.5), scores(1.0)], "GOOD")
    assert found == [0.25, -0.25]
    assert influence(scores(0.75), [scores(0.5), scores(1.0)], "BAD") == [-0.25, 0.25]


@pytest.mark.parametrize(
    ("task", "text", "given", "decisive"),
    [
        ("text-classification", "The soup was cold and awful, my friend said.", {}, "awful,"),
        (
            "zero-shot-classification",
            "Yesterday the parliament of our country met again.",
            {"candidate_labels": ["politics", "sport"]},
            "parliament",
        ),
    ],
)
def test_the_starters_decide_by_the_word_that_says_it(
    task: str, text: str, given: dict[str, object], decisive: str, playground: Playground,
    starters: object,
) -> None:  # fmt: skip
    words = words_of(text, 60)

    def ask(asked: object) -> list[list[LabelScore]]:
        answers = playground.answers(Request(task, {"text": asked, **given}))
        [found] = [one.value for one in answers if isinstance(one, Answer)]
        return list(found)

    [whole] = ask([text])
    values = influence(whole, ask([without(text, word) for word in words]), whole[0]["label"])
    best = max(range(len(words)), key=values.__getitem__)
    assert text[slice(*words[best])] == decisive
