"""Words and their times come of the labels of a sound's frames."""

from pipelines.capabilities import Word
from pipelines.engines.ctc import words


def test_repetitions_are_one_letter_and_blanks_tell_two_apart() -> None:
    labels = [*"__HHE", *"L_L", *"O|", "_", *"O_", "K"]
    assert words(labels, "_", "|", 14.0, lower=False) == (
        Word(2.0, 9.0, "HELLO"),
        Word(11.0, 14.0, "OK"),
    )


def test_letters_are_small_where_that_is_asked_and_silence_has_no_words() -> None:
    assert [one.text for one in words("A|B", "_", "|", 1.0, lower=True)] == ["a", "b"]
    assert words("_|__", "_", "|", 1.0, lower=True) == words([], "_", "|", 1.0, lower=True) == ()
