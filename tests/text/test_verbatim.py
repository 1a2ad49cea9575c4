"""What a translation keeps as it is."""

import pytest

from pipelines.text.verbatim import blocks, lost, parts, with_numbers, with_stand_ins


@pytest.mark.parametrize(
    ("sentence", "fixed"),
    [
        ("See https://example.com/a?b=1&c=(2), please.", ["https://example.com/a?b=1&c=(2)"]),
        ("(See www.example.com/a.)", ["www.example.com/a"]),
        ("Write to ada.b+c@mail.example.org.", ["ada.b+c@mail.example.org"]),
        (
            'Call print("hello world", end="") in src/main.py, then f(x, y).',
            ['print("hello world", end="")', "src/main.py", "f(x, y)"],
        ),
        (
            "Set max_new_tokens or maxTokens with --top-k=5.",
            ["max_new_tokens", "maxTokens", "--top-k=5"],
        ),
        (
            "Run `pip install x` in /usr/local/bin or C:\\bin\\x.",
            ["`pip install x`", "/usr/local/bin", "C:\\bin\\x"],
        ),
        (
            "Hello {name}, %d of {{ total }} <b>new</b>.",
            ["{name}", "%d", "{{ total }}", "<b>", "</b>"],
        ),
        (
            "It cost 1,250.50 on 12/05/2024 at 10:45, i.e. 3%.",
            ["1,250.50", "12/05/2024", "10:45", "3"],
        ),
        (
            "Flight AF1234 from gate B22 of 221B leaves at 6:15 p.m. or 7 am.",
            ["AF1234", "B22", "221B", "6:15 p.m.", "7 am"],
        ),
        ("Click [here](https://example.com/a) now.", ["](https://example.com/a)"]),
        (
            "Send report_final.pdf, docs/setup_notes.md and budget.xlsx.",
            ["report_final.pdf", "docs/setup_notes.md", "budget.xlsx"],
        ),
        ("He or she and/or they, e.g. the dog(s): a well-known word - isn't it? (Yes.)", []),
        ("Costs rose; Mr. Smith left the U.S. in B2B style.", []),
    ],
)
def test_what_is_no_word_is_fixed_and_words_are_not(sentence: str, fixed: list[str]) -> None:
    found = parts(sentence)
    assert "".join(part.text for part in found) == sentence
    assert [part.text for part in found if part.fixed] == fixed


CODE = [
    "def greet(name: str) -> str:",
    '    return f"Hello, {name}"',
    "for i in range(10):",
    "import numpy as np",
    "x = [1, 2, 3]",
    "const total = items.length;",
    "print('done')",
    "    }",
    "if (a > b) {",
    "SELECT name FROM users WHERE id = 3",
    "pip install gradio",
    "$ make test",
    ">>> run('ner', text)",
    "<div class='card'>",
]


@pytest.mark.parametrize("line", CODE)
def test_a_line_of_code_is_fixed(line: str) -> None:
    text = f"This is how it is done.\n{line}\nThat was all.\n"
    assert [part.text for part in blocks(text) if part.fixed] == [f"{line}\n"]


@pytest.mark.parametrize(
    "line",
    [
        "for example:",
        "with the following people:",
        "if you like, come along:",
        "return the book today",
        "import duties rose again",
        "else he would have come",
        "- bread (brown);",
        "The class ends at noon:",
        "from time to time",
        "Select a seat from the list",
        "git is a tool.",
        "a = b" + " and so on" * 60,
    ],
)
def test_a_line_of_prose_is_not(line: str) -> None:
    assert not any(part.fixed for part in blocks(f"{line}\nand more of it.\n"))


def test_a_fenced_block_is_fixed_whatever_is_in_it() -> None:
    text = "Do this:\n```\nany words at all\n```\nand that.\n~~~ never closed\nwords"
    assert [part.text for part in blocks(text) if part.fixed] == [
        "```\nany words at all\n```\n",
        "~~~ never closed\nwords",
    ]
    assert "".join(part.text for part in blocks(text)) == text


def test_a_long_line_takes_no_square_of_its_length() -> None:
    assert not any(part.fixed for part in blocks("=" * 1_000_000))


@pytest.mark.parametrize(
    ("translation", "fixed", "right"),
    [
        ("Das kostet 3,50 Euro.", ["3.50"], "Das kostet 3.50 Euro."),
        ("Il y a 24 livres.", ["214"], "Il y a 214 livres."),
        ("2 von 1.000", ["1,000", "2"], "2 von 1,000"),
        ("Deux chiens", ["2"], "Deux chiens"),
        ("Voir a.fr/7, page 5", ["a.fr/7", "6"], "Voir a.fr/7, page 6"),
        ("Le vol AF1234 coûte 5,20 €", ["AF1234", "5.20"], "Le vol AF1234 coûte 5.20 €"),
        ("Le MP3 coûte 5 €", ["6"], "Le MP3 coûte 6 €"),
    ],
)
def test_numbers_are_written_as_they_were(translation: str, fixed: list[str], right: str) -> None:
    assert with_numbers(translation, fixed) == right


@pytest.mark.parametrize(
    ("hour", "written", "not_written"),
    [
        ("3 p.m.", ["15h00", "15:00", "15 h", "15 Uhr", "3 da tarde", "3 pm"], ["3", "13:00"]),
        ("6:15 p.m", ["18:15", "18 h 15", "6:15 p.m."], ["6:15", "18:00"]),
        ("7:30 a.m.", ["7:30", "07h30", "7:30 du matin"], ["7", "19:30"]),
        ("12 am", ["0:00", "0 Uhr", "00h00"], ["12:00"]),
    ],
)
def test_an_hour_may_be_one_of_twenty_four(
    hour: str, written: list[str], not_written: list[str]
) -> None:
    assert not [one for one in written if lost(f"À {one} !", [hour])]
    assert not [one for one in not_written if not lost(f"À {one} !", [hour])]
    assert with_numbers(f"3,5 à {written[1]}, 2", ["3.5", hour, "2"]) == f"3.5 à {written[1]}, 2"


def test_what_is_missing_is_noticed() -> None:
    assert not lost("5 et 15", ["5", "15"])
    assert lost("15", ["5"])
    assert lost("voir `a`", ["`a`", "`a`"])
    assert lost("ada@exemple.org", ["ada@example.org"])


def test_what_is_fixed_comes_back_where_its_name_stands() -> None:
    one, *others = with_stand_ins("See www.example.org or mail ada@example.org by 10:45.")
    assert one.text == "See Nike or mail New York by 10:45."
    assert len(others) == 2
    restored = one.restored("Écrire à New York ou voir Nike avant 10.45.")
    assert restored == "Écrire à ada@example.org ou voir www.example.org avant 10:45."
    assert one.restored("Voir Nike avant 10:45.") is None
    assert one.restored("Voir Nike, Nike ou New York avant 10:45.") is None


def test_an_hour_is_asked_for_as_one_of_twenty_four() -> None:
    [way] = with_stand_ins("The 3 trains leave at 6:15 p.m. or at 12 am.")
    assert way.text == "The 3 trains leave at 18:15 or at 0:00."
    assert way.restored("Les 3 trains : 18h15 ou 0 h.") == "Les 3 trains : 18h15 ou 0 h."
    assert way.restored("Les 3 trains : 18h15.") is None


@pytest.mark.parametrize("sentence", ["Nothing here.", "At 10:45.", "`a` `b` `c` `d`"])
def test_without_a_name_for_each_there_are_none(sentence: str) -> None:
    assert with_stand_ins(sentence) == []
