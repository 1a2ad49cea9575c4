"""Questions made by rules: what is asked for, what a question says, and the piece that is read."""

import json
import random
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import pytest

from starters import loop, marked_answers
from starters.cloze_questions import (
    ASKED,
    AUXILIARIES,
    Paragraph,
    question,
    read,
    spans,
    synonyms,
)
from starters.marked_answers import FADES, Case, Questions
from tests.tiny.tokenizers import wordpiece

TEXT = (
    "The town library of grey stone was built in 1908 by Ellen Ward. It closed on 3 March 2019 "
    "with forty rooms. Since then it lends tools."
)
WARD = (TEXT.index("Ellen"), TEXT.index(". It"), "PER")


def test_answers_are_names_dates_numbers_and_noun_phrases() -> None:
    found = {(TEXT[a:b], kind) for a, b, kind in spans(TEXT, [WARD])}
    assert found == {
        ("grey stone", "PHRASE"),
        ("1908", "DATE"),
        ("Ellen Ward", "PER"),
        ("3 March 2019", "DATE"),
        ("forty", "NUMBER"),
    }


def test_answers_never_overlap() -> None:
    found = spans(TEXT, [(TEXT.index("built in 1908"), TEXT.index(" by"), "MISC"), WARD])
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    assert ("1908", "DATE") not in {(TEXT[a:b], kind) for a, b, kind in found}


@pytest.mark.parametrize("seed", range(40))
def test_a_question_asks_in_the_words_of_its_own_sentence(seed: int) -> None:
    known = {"library": ["depository"]}
    asked = question(TEXT, *WARD, known, random.Random(seed))
    assert asked.endswith("?")
    assert any(asked.startswith(f"{one} ") or f" {one}" in asked for one in ASKED["PER"])
    said = set(asked[:-1].split())
    sentence = set(TEXT[: WARD[0]].split())
    questioning = {word for one in ASKED["PER"] for word in one.split()}
    assert said <= sentence | questioning | {*AUXILIARIES, "depository"}


def test_questions_about_one_answer_differ() -> None:
    chance = random.Random(0)
    assert len({question(TEXT, *WARD, {}, chance) for _ in range(50)}) > 40


def test_synonyms_share_the_most_common_meaning_of_a_word(tmp_path: Path) -> None:
    (tmp_path / "data.noun").write_text(
        "  1 This line is the licence\n"
        "00001 06 n 03 car 0 auto 0 motor_car 0 000 | a vehicle\n"
        "00002 06 n 02 car 1 gondola 0 000 | where passengers ride\n",
        "utf-8",
    )
    for part in ("verb", "adj"):
        (tmp_path / f"data.{part}").write_text("", "utf-8")
    # The second meaning of "car" is rarer: a car is not replaced by a gondola.
    assert synonyms(tmp_path) == {"car": ["auto"], "auto": ["car"], "gondola": ["car"]}


@pytest.fixture
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Questions:
    """What a paragraph gives, with texts cut to 16 tokens."""
    monkeypatch.setattr(loop, "device", lambda: "cpu")
    monkeypatch.setattr(marked_answers, "LONGEST", {"cpu": 16})
    monkeypatch.setattr(marked_answers, "MADE", {"cpu": 4})
    monkeypatch.setattr(marked_answers, "HELD_OUT", 0)
    for folder in ("qa", "spans", "wordnet"):
        (tmp_path / folder).mkdir()
    for part in ("noun", "verb", "adj"):
        (tmp_path / "wordnet" / f"data.{part}").write_text("", "utf-8")
    (tmp_path / "qa" / "xquad.en.train.jsonl").write_text("", "utf-8")
    paragraph = Paragraph(TEXT, spans(TEXT, [WARD]))
    (tmp_path / "spans" / "spans.jsonl").write_text(json.dumps(asdict(paragraph)) + "\n", "utf-8")
    assert read(tmp_path / "spans" / "spans.jsonl") == [paragraph]
    return Questions(tmp_path, wordpiece())


def test_ever_fewer_questions_are_made(questions: Questions) -> None:
    made = [len(questions.cloze_cases(epoch, random.Random(0))) for epoch in range(FADES + 2)]
    assert made == sorted(made, reverse=True)
    assert (made[0], made[FADES], made[-1]) == (4, 0, 0)


def test_the_piece_that_is_read_holds_the_answer_wherever_it_is_cut(questions: Questions) -> None:
    tokenizer = questions.tokenizer
    words = ["sing"] * 30
    words[17:19] = ["old", "tree"]
    text = " ".join(words)
    case = Case("what?", text, "old tree", text.index("old"))
    chance, places = random.Random(0), set()
    for _ in range(60):
        asked = questions.asked(case, tokenizer("what", add_special_tokens=False).input_ids, chance)
        found = tokenizer.convert_ids_to_tokens(asked.ids[asked.start : asked.end + 1])
        assert found == ["old", "tree"]
        assert len(asked.ids) == len(asked.types) <= 16
        places.add(asked.start)
    assert len(places) > 5
