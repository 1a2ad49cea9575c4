"""Sentences of a text: nothing is lost, and abbreviations, numbers and quotes end none."""

import pytest

from pipelines.sentences import clauses, sentences

CASES = [
    ("en", ["Dr. Smith paid $3.50 at 10:45. ", "He left. ", "It is 3.5 m high."]),
    ("en", ["Mr. J. K. Rowling wrote it, e.g. in the U.S. in 1999. ", "It sold."]),
    ("en", ['"Stop!" he said. ', '"Do it now." ', "Then he left."]),
    ("en", ["The meeting is at 5 p.m. on Monday. ", "Bring vol. 2 and no. 5. ", "Thanks."]),
    ("en", ["Do you know it? ", "No. ", "It is new."]),
    ("en", ["Visit example.com. ", "Version 2.0.1 is out! ", "Well... ", "Good."]),
    ("de", ["Am 3. Oktober 1990 kam Dr. Müller z.B. nach Berlin. ", "Er blieb."]),
    ("de", ["Der 2. Weltkrieg endete 1945. ", "Das sind ca. 3,5 km."]),
    ("fr", ["M. Dupont est arrivé à 10 h. ", "« Bonjour ! » dit-il."]),
    ("fr", ["Mme. Martin (cf. p. 3) est partie. ", "Il y en a 3 000."]),
    ("pt", ["O Sr. Silva comprou 3,5 kg. ", "É na Av. Paulista."]),
    ("ru", ["А. С. Пушкин — поэт. ", "Он жил в 1820 г. в Москве. ", "Да!"]),
    ("zh", ["今天天气很好。", "我们去公园吧！", "你说呢？", "“好的。”", "他说。"]),
    ("ja", ["今日は天気がいい。", "「行こう。」", "と言った。"]),
    ("hi", ["यह एक वाक्य है। ", "यह दूसरा है।"]),
    ("ar", ["مرحبا. ", "كيف حالك؟ ", "أنا بخير."]),
    ("pt_BR", ["O Dr. Silva foi. ", "Sim."]),
    ("xx", ["Hello there. ", "How are you?"]),
    # Line ends of all kinds, blank lines and lists.
    ("en", ["Title\n", "One. ", "Two.\r\n\r\n", "Three.\r", "- apples\n", "- pears\n"]),
    ("en", ["\n\n  Indented. ", "Text."]),
    ("en", ["Roses are red, and the violets are as blue\n", "As the sky is in May."]),
    (
        "en",
        [
            "This is a long line of a letter that was wrapped\nat some width by its writer. ",
            "Then\n",
            "it ends.",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("language", "expected"), CASES)
def test_a_text_is_cut_where_its_sentences_end(language: str, expected: list[str]) -> None:
    assert sentences("".join(expected), language) == expected


@pytest.mark.parametrize("text", ["", " ", "\n", "a", "...", "?!", "a" * 20_000, "a\n" * 5_000])
def test_nothing_is_lost(text: str) -> None:
    assert "".join(sentences(text, "en")) == text


SENTENCE = "When he came home, tired and hungry, he saw nobody; so he sat down, waited and read."


def test_a_long_sentence_is_cut_at_semicolons_then_commas() -> None:
    assert clauses(SENTENCE, lambda text: len(text) <= 55) == [
        "When he came home, tired and hungry, he saw nobody; ",
        "so he sat down, waited and read.",
    ]
    assert clauses(SENTENCE, lambda text: len(text) <= 40) == [
        "When he came home, tired and hungry, ",
        "he saw nobody; ",
        "so he sat down, waited and read.",
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 12, 20, 1000])
@pytest.mark.parametrize("text", [SENTENCE, "x" * 300, "一二三，四五六。" * 9, "", "a  b \n c"])
def test_pieces_fit_and_join_to_the_sentence(text: str, limit: int) -> None:
    pieces = clauses(text, lambda piece: len(piece) <= limit)
    assert "".join(pieces) == text
    assert all(len(piece.strip()) <= limit for piece in pieces)


def test_words_stay_whole_while_they_fit() -> None:
    assert clauses("one two three four", lambda text: len(text) <= 9) == [
        "one two ",
        "three ",
        "four",
    ]


def test_what_fits_is_asked_seldom() -> None:
    asked = 0

    def fits(text: str) -> bool:
        nonlocal asked
        asked += 1
        return len(text) <= 500

    clauses("x" * 20_000, fits)
    assert asked < 40 * 25
