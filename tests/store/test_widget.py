"""The examples of a model's card: whatever somebody wrote there."""

from typing import Any

import pytest

from pipelines.store.widget import (
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST,
    MOST_LABELS,
    WidgetExample,
    examples,
)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"text": " Hello there. "}, WidgetExample(text="Hello there.")),
        (
            {"text": "Who?", "context": "It was Ada.", "example_title": "Ada"},
            WidgetExample("Ada", "Who?", "It was Ada."),
        ),
        (
            {"text": "A match", "candidate_labels": "sport, politics,, art"},
            WidgetExample(text="A match", labels=("sport", "politics", "art")),
        ),
        (
            {"text": "A match", "candidate_labels": ["sport", 7]},
            WidgetExample(text="A match", labels=("sport",)),
        ),
        (
            {"src": "https://example.com/a.flac", "output": {"text": "no input"}},
            WidgetExample(source="https://example.com/a.flac"),
        ),
        (
            {"source_sentence": "It rains.", "sentences": ["It pours.", "It is dry."]},
            WidgetExample(text="It rains.\nIt pours.\nIt is dry."),
        ),
        (
            {"messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "Hi"}]},
            WidgetExample(text="Hi"),
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "image", "url": "https://example.com/a.png"},
                            {"type": "text", "text": "What is it?"},
                        ],
                    }
                ]
            },
            WidgetExample(text="What is it?", source="https://example.com/a.png"),
        ),
    ],
)
def test_the_shapes_that_cards_have_are_read(given: Any, read: WidgetExample) -> None:
    assert examples({"widget": [given]}) == (read,)


@pytest.mark.parametrize(
    "widget",
    [
        None,
        "text",
        {"text": "Hello"},
        [None, 7, [], "x"],
        [{}],
        [{"text": 7}],
        [{"text": ["a"]}],
        [{"example_title": "only a title"}],
        [{"text": "x" * (LONGEST_TEXT + 1)}],
        [{"messages": "x"}, {"messages": [7]}, {"messages": [{"role": "user", "content": {}}]}],
        [{"table": {"a": [1]}}],
    ],
)
def test_what_has_no_such_shape_is_left_out(widget: Any) -> None:
    assert examples({"widget": widget}) == ()


def test_there_are_no_more_than_the_page_shows() -> None:
    many = [{"text": f"{number}", "candidate_labels": ["a"] * 99} for number in range(99)]
    found = examples({"widget": [{"text": "0", "candidate_labels": ["a"] * 99}, *many]})
    assert [one.text for one in found] == [str(number) for number in range(MOST)]
    assert all(len(one.labels) <= MOST_LABELS for one in found)
    [long] = examples({"widget": [{"text": "a", "example_title": "b" * (LONGEST_LINE + 1)}]})
    assert long.title == ""


@pytest.mark.parametrize("card", [None, [], "widget", 7])
def test_a_card_of_another_kind_has_none(card: Any) -> None:
    assert examples(card) == ()
