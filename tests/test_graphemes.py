"""Texts are cut between letters with all their marks, and within no syllable that these tell."""

import unicodedata

import pytest

from pipelines.graphemes import cut, ends
from pipelines.sentences import clauses

THAI = "ประเทศไทยมีประชากรหลายสิบล้านคนและผู้คนส่วนใหญ่ใช้โทรศัพท์"
LAO = "ປະເທດລາວມີແມ່ນ້ຳຫຼາຍສາຍແລະປ່າໄມ້"
KHMER = "ប្រជាជនកម្ពុជារស់នៅក្នុងទីក្រុងភ្នំពេញ"
BURMESE = "မြန်မာနိုင်ငံသည်အရှေ့တောင်အာရှတွင်ရှိသောမန္တလေး"
HINDI = "क्षत्रियविद्यार्थियोंने"
EMOJI = "👩🏽‍🔬👨‍👩‍👧‍👦🏳️‍🌈🇫🇷🇧🇷❤️"
ACCENTS = "e\u0301a\u0308\u0304o\u0302" * 5
JAMO = "\u1112\u1161\u11ab\u1100\u116e\u11a8" * 4
TEXTS = [THAI, LAO, KHMER, BURMESE, HINDI, EMOJI, ACCENTS, JAMO]
JOINER, VOWELS_BEFORE, STACKS = "\u200d", "เแโใไເແໂໃໄ", "\u17d2\u1039"
GOES_ON = (
    "ะาๆະາๅ" + "".join(map(chr, range(0x1160, 0x1200))) + "".join(map(chr, range(0x1F3FB, 0x1F400)))
)


def broken(before: str, behind: str) -> bool:
    """Whether a text that is cut between these two is cut within a letter or a syllable."""
    marks = unicodedata.category(behind[0])[0] == "M" or behind[0] in GOES_ON + JOINER
    silent = len(behind) > 1 and behind[1] in "\u0e4c\u103a\u1039"
    flags = sum("\U0001f1e6" <= c <= "\U0001f1ff" for c in before) % 2 == 1
    return marks or silent or flags or before[-1] in JOINER + VOWELS_BEFORE + STACKS


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("limit", [12, 17, 20])
def test_a_long_text_without_spaces_is_cut_between_letters(text: str, limit: int) -> None:
    pieces = clauses(text * 3, lambda piece: len(piece) <= limit)
    assert "".join(pieces) == text * 3
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= limit
    at = 0
    for piece in pieces[:-1]:
        at += len(piece)
        assert not broken((text * 3)[:at], (text * 3)[at:])


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_over_a_limit_ends_with_a_whole_letter(text: str) -> None:
    for most in range(12, len(text)):
        kept = cut(text, most)
        assert text.startswith(kept)
        assert most - 12 < len(kept) <= most
        assert not broken(kept, text[len(kept) :])
    assert cut(text, len(text)) == text


def test_a_cut_far_into_a_text_looks_at_its_end_alone() -> None:
    text = "word " * 100_000 + "cafe\u0301"
    assert cut(text, len(text) - 1) == text[:-2]


def test_one_letter_with_more_marks_than_fit_is_cut_all_the_same() -> None:
    text = "a" + "\u0301" * 1_000
    pieces = clauses(text, lambda piece: len(piece) <= 200)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 200
    assert len(cut(text, 500)) == 500


def test_a_space_of_no_width_is_between_words() -> None:
    words = ["ស្រុក\u200b", "ខ្មែរ\u200b", "ស្អាត\u200b", "ណាស់"]
    assert clauses("".join(words), lambda piece: len(piece) <= 8) == words


def test_the_ends_of_letters_are_told() -> None:
    assert [*ends("cafe\u0301")] == [1, 2, 3, 5]
    assert next(ends("เมือง")) > 1
