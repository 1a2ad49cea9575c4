"""Where two answers differ is said: what both have, what only one has, and what changed place."""

from typing import Any

import pytest

from components.results import (
    Boxes,
    Conversation,
    LabelBars,
    Sound,
    StreamedText,
    TranscriptView,
    Vectors,
)
from components.results.differences import (
    boxes,
    equal_or_different,
    intersection_over_union,
    labels,
    spans,
    texts,
    vectors,
)
from components.results.filled_masks import FilledMasks
from components.results.marked_text import LabelledSpans, MarkedAnswer


def scores(**of: float) -> list[dict[str, Any]]:
    return [{"label": label, "score": score} for label, score in of.items()]


def box(label: str, left: int, right: int) -> dict[str, Any]:
    corners = {"xmin": left, "ymin": 0, "xmax": right, "ymax": 10}
    return {"label": label, "score": 0.9, "box": corners}


def test_labels_that_changed_rank_are_named_with_both_ranks() -> None:
    told = labels(scores(cat=0.6, lynx=0.3, dog=0.1), scores(cat=0.5, dog=0.3, fox=0.2))
    assert "Both say cat (60% and 50%)." in told
    assert "1 label changed rank: dog 3 → 2 (+20 points)." in told
    assert "Only in the first: lynx. Only in the second: fox." in told


def test_another_best_label_is_said_first() -> None:
    told = labels(scores(good=0.9, bad=0.1), scores(bad=0.7, good=0.3))
    assert told.startswith("<p>The first says good, the second bad (90% and 70%).</p>")


def test_labels_are_text_and_no_html() -> None:
    assert "&lt;b&gt;" in labels(scores(**{"<b>": 1.0}), scores(x=1.0))


def test_boxes_are_matched_by_their_overlap_and_the_rest_is_named() -> None:
    assert intersection_over_union(box("", 0, 10)["box"], box("", 5, 15)["box"]) == pytest.approx(
        1 / 3
    )
    told = boxes(
        [box("dog", 0, 100), box("car", 200, 300)],
        [box("cat", 0, 80), box("tree", 260, 400), box("man", 500, 600)],
    )
    assert "1 thing found by both; their boxes overlap by 80%." in told
    assert "Named otherwise: dog → cat." in told
    assert "Only the first found car." in told
    assert "Only the second found tree, man." in told


def test_a_box_belongs_to_one_box_alone() -> None:
    told = boxes([box("dog", 0, 100), box("dog", 0, 90)], [box("dog", 0, 98)])
    assert "1 thing found by both" in told
    assert "Only the first found dog." in told


def test_of_one_that_found_nothing_it_is_said() -> None:
    assert "The second found nothing." in boxes([box("dog", 0, 9)], [])
    assert "Both found nothing." in boxes([], [])


def test_words_that_differ_are_marked_and_counted() -> None:
    told = texts("The cat sat on the <mat>.", "The dog sat on the <mat>.")
    assert "1 of 6 words differ." in told
    assert "The <del>cat</del> <ins>dog</ins> sat on the &lt;mat&gt;." in told
    assert "equal" in texts("same", "same")


def test_very_long_texts_are_not_compared_word_by_word() -> None:
    assert "too long" in texts("a " * 3000, "b " * 3000)


def test_vectors_are_compared_by_cosine_and_by_what_they_make_alike() -> None:
    told = vectors([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]], ["one", "two"])
    assert "The cosine of both vectors is 0.50 on average." in told
    assert "differ by 1.00 on average, most (1.00) those of “one” and “two”." in told
    told = vectors([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], ["one", "two"])
    assert "Vectors of 2 and 3 numbers have no common measure." in told
    assert "most (1.00)" in told
    assert "equal" in vectors([1.0, 0.5], [1.0, 0.5], ["one"])


def test_spans_of_one_model_and_those_labelled_otherwise_are_named() -> None:
    def span(word: str, start: int, label: str) -> dict[str, Any]:
        return {"word": word, "start": start, "end": start + len(word), "entity_group": label}

    told = spans(
        [span("Paris", 0, "LOC"), span("Ada", 9, "PER")],
        [span("Paris", 0, "ORG"), span("IBM", 20, "ORG")],
    )
    assert "Labelled otherwise: Paris LOC → ORG." in told
    assert "Only the first found Ada (PER)." in told
    assert "Only the second found IBM (ORG)." in told


def test_of_other_results_it_is_said_whether_they_are_equal() -> None:
    assert "equal" in equal_or_different({"a": 1}, {"a": 1})
    assert "different" in equal_or_different({"a": 1}, {"a": 2})


BOX = {"xmin": 0, "ymin": 0, "xmax": 9, "ymax": 9}
FILLED = {"score": 0.5, "token": 1, "token_str": "job", "sequence": "a job"}
ANSWER = {"answer": "Brooklyn", "score": 0.9, "start": 0, "end": 8}
SPAN = {"entity_group": "LOC", "score": 0.9, "word": "Paris", "start": 0, "end": 5}
# A view, two results of its kind, what it is given beside them, and what tells them apart.
KINDS: list[tuple[Any, Any, Any, dict[str, Any], str]] = [
    (LabelBars(), scores(cat=1.0), scores(dog=1.0), {}, "the second dog"),
    (
        Boxes(),
        [{"label": "cat", "score": 0.9, "box": BOX}],
        [{"label": "dog", "score": 0.9, "box": BOX}, {"label": "faint", "score": 0.1, "box": BOX}],
        {"threshold": 0.5},
        "Named otherwise: cat → dog.</p>",
    ),
    (
        FilledMasks(),
        [[FILLED], [FILLED]],
        [[FILLED], [{**FILLED, "token_str": "dog"}]],
        {},
        "Mask 2 of 2:</p><p>The first says job, the second dog",
    ),
    (LabelledSpans(), [SPAN], [], {}, "Only the first found Paris (LOC)."),
    (MarkedAnswer(), ANSWER, [{**ANSWER, "answer": ""}], {}, "Only the first finds an answer"),
    (StreamedText("t", "T"), {"t": "one"}, {"t": "two"}, {}, "1 of 1 words differ."),
    (Conversation("p"), {"generated_text": "one"}, {"generated_text": "two"}, {}, "<ins>two</ins>"),
    (
        TranscriptView(),
        {"text": "hut", "language": "de"},
        {"text": "hut", "language": "en"},
        {},
        "The first heard German, the second English.",
    ),
    (Vectors(), [1.0, 0.0], [0.0, 1.0], {"text": "a", "pooling": "mean"}, "is 0.00."),
]


@pytest.mark.parametrize(("view", "one", "other", "inputs", "told"), KINDS)
def test_each_kind_of_result_says_what_differs(
    view: Any, one: Any, other: Any, inputs: dict[str, Any], told: str
) -> None:
    assert told in view.differences(view.kept(one), view.kept(other), inputs)


def test_of_speech_only_its_length_is_kept() -> None:
    import numpy as np

    from pipelines.outputs import Speech

    one, two = (Sound().kept(Speech(np.zeros(n, np.int16), 1000)) for n in (1500, 2000))
    assert "The first speaks for 1.5 s, the second for 2.0 s" in Sound().differences(one, two, {})
    assert one == {"seconds": 1.5, "sampling_rate": 1000}
