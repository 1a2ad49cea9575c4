"""The en↔pt translation starter on sentences of our own: there and back, and texts as people write.

The round trip's chrF is taken over 20 sentences as a newspaper has them.
"""

import subprocess
import sys
import threading

import pytest
import sacrebleu

from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.playground import Answer
from starters.firefox_en_pt import ENGLISH, EVERYDAY, NAME, NEWS, PORTUGUESE, translate
from tests.conftest import ROOT

TASK = "translation"


@pytest.fixture(autouse=True)
def starter(starters: list[Entry]) -> None:
    """The model is on this machine."""


def test_news_keep_their_meaning_there_and_back(playground: Playground) -> None:
    portuguese = translate(playground, "\n".join(NEWS), PORTUGUESE)
    back = translate(playground, portuguese, ENGLISH).split("\n")
    assert len(back) == len(NEWS)
    assert sacrebleu.corpus_chrf(back, [list(NEWS)]).score >= 60, back
    # Not by leaving it as it was.
    assert sacrebleu.corpus_chrf(portuguese.split("\n"), [list(NEWS)]).score < 40, portuguese


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (EVERYDAY[0], PORTUGUESE, "As crianças estão brincando no jardim."),
        ("Two men are waiting for the bus.", PORTUGUESE, "Dois homens estão esperando o ônibus."),
        ("Minha irmã trabalha num hospital.", ENGLISH, "My sister works in a hospital."),
        ("O gato dorme em cima da mesa.", ENGLISH, "The cat sleeps on the table."),
    ],
)  # fmt: skip
def test_what_it_writes_is_near_a_persons_translation(
    playground: Playground, text: str, options: dict[str, str], expected: str
) -> None:
    made = translate(playground, text, options)
    assert sacrebleu.sentence_chrf(made, [expected]).score >= 55, made


@pytest.mark.parametrize("between", [" ", "\n", "\n\n"])
def test_five_sentences_in_one_text_equal_the_five_alone(
    playground: Playground, between: str
) -> None:
    alone = [translate(playground, one, PORTUGUESE) for one in EVERYDAY]
    assert translate(playground, between.join(EVERYDAY), PORTUGUESE) == between.join(alone)


def test_paragraphs_lists_and_blank_lines_are_kept(playground: Playground) -> None:
    text = "Good morning.\n\n\nThe list:\n- bread\n- milk 😀\n\n😀😀\n\nSee you tomorrow."
    lines = translate(playground, text, PORTUGUESE).split("\n")
    assert [bool(line) for line in lines] == [bool(line) for line in text.split("\n")]
    assert lines[4].startswith("- ")
    assert lines[5].startswith("- ")
    assert lines[5].endswith(" 😀")
    assert lines[7] == "😀😀"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Dr. Smith paid $3.50 at 10:45.", ["$3.50", "10:45"]),
        ("It costs £3 here and €4.20 there.", ["£3", "€4.20"]),
        ("Write to ana@example.org before Friday.", ["ana@example.org"]),
        ("Mr. Müller said “yes” to the plan.", ["Müller", '"']),
        ("The word 中文 means Chinese.", ["中文"]),
        ("I love this film 👨‍👩‍👧!", ["👨‍👩‍👧"]),
        ("If a < b and c > d, we use {name}.", ["<", "{name}"]),
    ],
)
def test_numbers_and_what_it_does_not_know_are_carried_over(
    playground: Playground, text: str, kept: list[str]
) -> None:
    made = translate(playground, text, PORTUGUESE)
    assert [one for one in kept if one not in made] == [], made
    assert made != text


def test_five_thousand_characters_are_translated_to_their_end(playground: Playground) -> None:
    text = "\n\n".join([" ".join(NEWS)] * 4)[:5_000].rsplit(".", 1)[0] + "."
    made = translate(playground, text, PORTUGUESE)
    once = {one: translate(playground, one, PORTUGUESE) for one in NEWS}
    for one in NEWS:
        assert made.count(once[one]) == text.count(one), one


def test_a_sentence_of_a_thousand_words_is_translated_to_its_end(playground: Playground) -> None:
    made = translate(playground, "the red house, " * 300 + "and a blue door.", PORTUGUESE)
    assert 200 <= made.count("casa") <= 400
    assert made.endswith("porta azul.")


def test_it_streams_by_words(playground: Playground) -> None:
    inputs = {"text": " ".join(NEWS[:3])}
    events = playground.stream(TASK, inputs, NAME, PORTUGUESE, threading.Event(), every=0.0)
    texts = [e.value["translation_text"] for e in events if isinstance(e, Answer)]
    assert len(set(texts)) > 12
    whole = texts[-1]
    assert all(whole.startswith(one) for one in texts)
    # No half words: a text ends where a word of the whole one does.
    assert all(len(one) == len(whole) or not whole[len(one)].isalpha() for one in texts if one)


LIGHT = """
import sys
from pipelines import run
print(run("translation", "The sun is shining.", source="en", target="pt"))
print(sorted({"torch", "transformers", "openvino"} & set(sys.modules)))
"""


def test_auto_translates_this_pair_with_it_and_imports_no_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    said, heavy = done.stdout.splitlines()
    assert "sol" in said, done.stderr
    assert heavy == "[]"
