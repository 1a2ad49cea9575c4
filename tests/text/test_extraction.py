"""Which sentences an extractive summary takes, with vectors made to order; counting and cutting."""

import numpy as np
import pytest

from pipelines.capabilities import Vectors
from pipelines.text.extraction import (
    Extracted,
    candidates,
    count_words,
    extract,
    first_words,
    joined,
)


def vectors(*angles: float) -> Vectors:
    """One of length 1 for each angle, in degrees."""
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], -1).astype(np.float32)


FOUR = [
    "one two three four five.",
    "two two two two two.",
    "three three three three.",
    "four four four four.",
]


def taken(found: list[str], angles: tuple[float, ...], words: int) -> list[int]:
    return [one.index for one in extract(found, vectors(*angles), words)]


def test_the_sentence_nearest_the_whole_is_taken() -> None:
    assert taken(FOUR, (-50, 5, 10, 60), 5) == [1]


def test_sentences_stand_in_the_texts_order() -> None:
    assert taken(FOUR, (40, 38, 0, -30), 14) == sorted(taken(FOUR, (40, 38, 0, -30), 14))
    assert len(taken(FOUR, (40, 38, 0, -30), 14)) >= 2


def test_the_same_is_not_said_twice() -> None:
    chosen = taken(FOUR, (0, 1, 2, 70), 18)
    assert len(set(chosen) & {0, 1, 2}) == 1
    assert 3 in chosen


def test_what_does_not_fit_is_left_out_and_a_shorter_one_taken() -> None:
    long = "a " * 30 + "end."
    assert taken([long, *FOUR[1:]], (0, 40, 60, 80), 10) != []
    assert 0 not in taken([long, *FOUR[1:]], (0, 40, 60, 80), 10)


def test_a_heading_is_taken_only_where_there_is_nothing_else() -> None:
    found = ["The news", "one two three four five.", "Sport"]
    assert taken(found, (0, 30, -30), 20) == [1]
    assert taken(["The news", "Sport"], (0, 60), 20) == [0, 1]


def test_where_no_sentence_fits_the_best_is_cut_and_marked() -> None:
    [only] = extract(["one two three four five six seven."], vectors(0), 5)
    assert only.text == "one two three four five…"


@pytest.mark.parametrize(
    ("text", "words", "kept"),
    [
        ("Five words are all here.", 5, "Five words are all here."),
        ("One two three. Four five six seven.", 5, "One two three."),
        ("One. Two three four five six seven eight.", 6, "One. Two three four five six…"),
        ("Red, green, blue and more colours", 3, "Red, green…"),
        ("When it rains, when it really rains here", 5, "When it rains…"),
        ("図書館は再開しました。市長は演説しました。", 6, "図書館は再開しました。"),
        ("図書館は月曜日に再開しました", 3, "図書館は月曜…"),
        ("図書館は月曜日OpenStreetMapの話", 4, "図書館は月曜日…"),
        ("ฉันไปตลาดเช้านี้ และซื้อผลไม้มากมาย", 14, "ฉันไปตลาดเช้านี้…"),
        ("ผู้คนส่วนใหญ่ใช้โทรศัพท์", 7, "ผู้คนส่วนใหญ่…"),
        ("မြန်မာနိုင်ငံ", 3, "မြန်မာ…"),
    ],
)
def test_the_first_words_end_where_something_ends(text: str, words: int, kept: str) -> None:
    assert first_words(text, words) == kept
    assert count_words(kept.rstrip("…")) <= words


def test_characters_of_scripts_without_spaces_count_half() -> None:
    assert count_words("one two 図書館") == 4
    assert count_words("") == 0


def test_a_text_without_ends_is_read_in_parts_and_marks_are_no_sentences() -> None:
    found = candidates("word " * 1_000 + "\n---\n", "en")
    assert len(found) >= 5
    assert sum(count_words(one) for one in found) == 1_000


def test_lines_without_an_end_stay_lines() -> None:
    found = ["One is here.[1]", 'He said "two."', "- three eggs", "- four", "Five ends।", "Six."]
    kept = [Extracted(index, text) for index, text in enumerate(found)]
    lines = ['One is here.[1] He said "two."', "- three eggs", "- four", "Five ends। Six."]
    assert joined(kept).split("\n") == lines


def test_japanese_is_joined_without_spaces() -> None:
    found = ["図書館は再開しました。", "市長は演説しました。"]
    assert joined(extract(found, vectors(0, 60), 20)) == "".join(found)
