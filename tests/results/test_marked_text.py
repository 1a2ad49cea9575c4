"""Spans marked in a text: all of the text is shown, whatever its characters and spans."""

import re

import pytest

from components.results.filled_masks import MOST_COMPARED, FilledMasks, differing_words
from components.results.marked_text import LabelledSpans, MarkedAnswer, segments

TEXT = "👩‍👩‍👧 Ada lives in York."


def test_the_pieces_are_the_whole_text() -> None:
    spans = [(6, 9, "PER"), (19, 23, "LOC")]
    pieces = segments(TEXT, spans)
    assert "".join(piece for piece, _ in pieces) == TEXT
    assert [(piece, label) for piece, label in pieces if label] == [("Ada", "PER"), ("York", "LOC")]
    assert segments(TEXT, []) == [(TEXT, None)]


def test_overlapping_spans_lose_no_text() -> None:
    pieces = segments("abcdef", [(0, 3, "A"), (1, 2, "B"), (2, 5, "C")])
    assert pieces == [("abc", "A"), ("de", "C"), ("f", None)]


def test_labels_of_tokens_are_shown_too() -> None:
    one = {"entity": "B-PER", "start": 6, "end": 9}
    [shown] = LabelledSpans().show([one], {"text": TEXT}, True)
    assert ("Ada", "B-PER") in shown


def test_the_best_answer_is_marked_and_no_answer_is_said() -> None:
    best = {"answer": "York", "score": 0.5, "start": 19, "end": 23}
    longer = {"answer": "in York", "score": 0.3, "start": 16, "end": 23}
    none = {"answer": "", "score": 0.1, "start": 0, "end": 0}
    table, marked = MarkedAnswer().show([best, longer, none], {"context": TEXT}, True)
    assert [piece for piece, label in marked if label] == ["York"]
    assert "No answer in this text" in table
    assert "50.0%" in table
    table, marked = MarkedAnswer().show(none, {"context": TEXT}, True)
    assert marked == [(TEXT, None)]


def filled(*words: tuple[str, float]) -> list[dict[str, object]]:
    return [{"token_str": w, "score": s, "sequence": f"a {w} <b>"} for w, s in words]


def compared(one: list[dict[str, object]], two: list[dict[str, object]]) -> list[list[str]]:
    """The rows of the table that says how two sentences differ, and above them its caption."""
    text = "This man works as a [MASK].\nThis woman works as a [MASK]."
    [shown] = FilledMasks().show([one, two], {"text": text}, True)
    table = shown.split("</table>")[0]
    caption = table.split("<caption>")[1].split("</caption>")[0]
    rows = table.split("</tr>")[:-1]
    cells = [re.findall(r"<(?:th|td)[^>]*>([^<]*)(?=</)", row) for row in rows]
    return [[caption], *cells]


def test_two_sentences_are_compared_word_by_word() -> None:
    caption, head, *rows = compared(
        filled(("boss", 0.3), ("nurse", 0.1)), filled(("nurse", 0.4), ("maid", 0.2))
    )
    assert caption == ["1 of 2 words are the same. Only with “man”: boss. Only with “woman”: maid."]
    assert head[1:] == ["“man”", "“woman”", "Points more for “woman”"]
    # What is not among a sentence's words is less likely there than the last of them.
    assert rows == [
        ["boss", "30.0%", "&lt; 20.0%", "≤ -10.0"],
        ["maid", "&lt; 10.0%", "20.0%", "≥ +10.0"],
        ["nurse", "10.0%", "40.0%", "+30.0"],
    ]


def test_a_word_is_not_called_likelier_where_one_of_its_scores_is_not_known() -> None:
    _, _, *rows = compared(
        filled(("cook", 0.1), ("smith", 0.01)), filled(("cook", 0.1), ("tailor", 0.05))
    )
    assert ["smith", "1.0%", "&lt; 5.0%", "–"] in rows
    assert ["tailor", "&lt; 1.0%", "5.0%", "≥ +4.0"] in rows


def test_of_many_words_those_that_differ_most_are_compared() -> None:
    one = filled(*((f"w{n}", n / 100) for n in range(30)))
    two = filled(*((f"w{n}", (n + n % 15) / 100) for n in range(30)))
    _, _, *rows = compared(one, two)
    assert [row[0] for row in rows][-2:] == ["w14", "w29"]
    assert len(rows) == MOST_COMPARED


@pytest.mark.parametrize(
    ("one", "two", "named"),
    [
        ("The old man, he says ___.", "The old woman, he says ___.", ("man", "woman")),
        ("In the big city ___ sings.", "In a village ___ sings.", ("the big city", "a village")),
        ("She ___.", "She often ___.", ("She ___.", "She often ___.")),
        ("A ___ a a.", "A ___ a.", ("A ___ a a.", "A ___ a.")),
        ("Same ___.", "Same ___.", ("Same ___.", "Same ___.")),
    ],
)
def test_two_sentences_are_named_by_what_differs(
    one: str, two: str, named: tuple[str, str]
) -> None:
    assert differing_words(one, two) == named


def test_a_sentence_with_several_masks_has_a_table_for_each_and_is_escaped() -> None:
    value = [filled(("cat", 0.5)), filled(("mat", 0.4))]
    [shown] = FilledMasks().show(value, {"text": "A ___ on a ___."}, True)
    assert shown.count("<table") == 2
    assert "mask 2 of 2" in shown
    assert "a cat &lt;b&gt;" in shown


def test_a_word_that_is_as_likely_in_both_has_no_sign() -> None:
    _, _, row = compared(filled(("artist", 0.5)), filled(("artist", 0.4999)))
    assert row == ["artist", "50.0%", "50.0%", "±0.0"]
